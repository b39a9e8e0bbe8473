/**
 * Brings a database to the schema this program knows: forward only, one step after the other, under a lock, each recorded in
 * `pikoci_schema`.
 */
import { sql } from 'kysely';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { SqlDialect } from './dialect.ts';
import { initial } from './migrations/0001-initial.ts';
import { revisionNotes } from './migrations/0002-revision-notes.ts';
import { whoAndWhy } from './migrations/0003-who-and-why.ts';
import { tests } from './migrations/0004-tests.ts';
import { blobs } from './migrations/0005-blobs.ts';
import { secrets } from './migrations/0006-secrets.ts';
import { neverChecked } from './migrations/0007-never-checked.ts';
import { gates } from './migrations/0008-gates.ts';
import { retention } from './migrations/0009-retention.ts';
import { broughtBlobs } from './migrations/0010-brought-blobs.ts';
import { workers } from './migrations/0011-workers.ts';
import { users } from './migrations/0012-users.ts';
import { servers } from './migrations/0013-servers.ts';
import { signIn } from './migrations/0014-sign-in.ts';
import { repositories } from './migrations/0015-repositories.ts';
import { resourceHooks } from './migrations/0017-resource-hooks.ts';
import { repositoryBuilds } from './migrations/0018-repository-builds.ts';
import type { Db } from './schema.ts';

export interface Migration {
  readonly name: string;
  /**
   * Makes tables and columns by create-tables.ts. It may be begun again where it was interrupted, or where a server of the schema before went on with the
   * database: what it does to rows must be right when done twice. It only adds: servers of the schema before work beside it. What is not needed any more goes a version later.
   */
  up(db: Db, dialect: SqlDialect): Promise<void>;
}

/** The n-th (from 1) makes schema version n. A released one is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  { name: 'initial', up: initial },
  { name: 'revision notes', up: revisionNotes },
  { name: 'who and why', up: whoAndWhy },
  { name: 'tests', up: tests },
  { name: 'blobs', up: blobs },
  { name: 'secrets', up: secrets },
  { name: 'never checked', up: neverChecked },
  { name: 'gates', up: gates },
  { name: 'retention', up: retention },
  { name: 'brought blobs', up: broughtBlobs },
  { name: 'workers', up: workers },
  { name: 'users', up: users },
  { name: 'servers', up: servers },
  { name: 'sign-in', up: signIn },
  { name: 'repositories', up: repositories },
  { name: 'resource hooks', up: resourceHooks },
  { name: 'repository builds', up: repositoryBuilds },
];

/**
 * Errors: `store.schema_newer` (made by a later pikoci), `store.foreign_database` (tables of another program), `store.read_only`.
 */
export async function migrate(
  db: Db,
  dialect: SqlDialect,
  clock: Clock,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await dialect.migrateAlone(db, async (alone, here) => {
    const found = await schemaVersion(alone, here, migrations);
    if (found === undefined) await createSchemaTable(alone, here);
    // Changes nothing, and fails where nothing can be changed: better now than with the first build.
    await alone.updateTable('pikoci_schema').set({ version: 0 }).where('version', '=', 0).execute();
    for (const [index, migration] of migrations.entries()) {
      if (index < (found ?? 0)) continue;
      await migration.up(alone, here);
      await alone
        .insertInto('pikoci_schema')
        .values({ version: index + 1, name: migration.name, applied_at: clock.now() })
        .execute();
    }
  });
}

/** Only looks. Errors: those of `migrate`, and `store.schema_older`. */
export async function requireSchema(
  db: Db,
  dialect: SqlDialect,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const found = await schemaVersion(db, dialect, migrations);
  if (found === migrations.length) return;
  const has = found === undefined ? 'is empty' : `has schema ${found}`;
  throw new CodedError('store.schema_older', `the database ${has}, and this pikoci needs schema ${migrations.length}`, {
    hint: 'make a backup, then start once with --run-migrations',
  });
}

/**
 * For a server that goes on because a newer one, which had brought the schema up to date, could not take over: the steps that it does not know are taken as not done, so that the next
 * server that knows them does them again, to what was written meanwhile, too. What they added is in nobody's way. Errors: `store.schema_older`.
 */
export async function goOnWithSchema(
  db: Db,
  dialect: SqlDialect,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await dialect.migrateAlone(db, async (alone) => {
    await alone.deleteFrom('pikoci_schema').where('version', '>', migrations.length).execute();
  });
  await requireSchema(db, dialect, migrations);
}

/** `undefined`: it is empty. */
export async function schemaVersion(
  db: Db,
  dialect: SqlDialect,
  migrations: readonly Migration[],
): Promise<number | undefined> {
  const tables = await dialect.tables(db);
  if (!tables.includes('pikoci_schema')) {
    const foreign = tables[0];
    if (foreign === undefined) return undefined;
    throw new CodedError(
      'store.foreign_database',
      `the database holds tables of another program, for example "${foreign}"`,
      { hint: 'give another with --db-name: an empty one, or a file that does not exist yet' },
    );
  }
  const newest = await db
    .selectFrom('pikoci_schema')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  const applied = newest?.version ?? 0;
  if (applied <= migrations.length) return applied;
  throw new CodedError(
    'store.schema_newer',
    `the database has schema ${applied}, and this pikoci knows schemas up to ${migrations.length}`,
    { hint: 'a newer pikoci has used this database: run that version, or give another database' },
  );
}

async function createSchemaTable(db: Db, dialect: SqlDialect): Promise<void> {
  const { bigint, integer, name } = dialect.columns;
  const columns = `version ${integer} not null, name ${name} not null, applied_at ${bigint} not null`;
  await sql.raw(`create table pikoci_schema (${columns}, primary key (version))`).execute(db);
}
