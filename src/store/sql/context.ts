/** What every aggregate of the SQL store works with. */
import type { Clock, Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { BuildId, JobId, PipelineId, ResourceId, RevisionId, VersionId } from '../../lib/ids.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { VersionFields, VersionMetadata } from '../../protocol/version.ts';
import type { FeedTopic } from '../records.ts';
import type { SqlDialect } from './dialect.ts';
import { Known } from './known.ts';
import { prepared } from './prepared.ts';
import type { Db, Schema } from './schema.ts';

export interface KnownVersion {
  readonly version: VersionFields;
  readonly metadataJson: string;
  readonly metadata: VersionMetadata;
}

export interface SqlContext {
  readonly db: Db;
  readonly dialect: SqlDialect;
  readonly clock: Clock;
  /** Models of revisions. */
  readonly models: Known<RevisionId, Pipeline>;
  /** By digest. */
  readonly plans: Known<string, BuildPlan>;
  /** The parsed JSON of versions; metadata may be added to, so its text is kept beside. */
  readonly versions: Known<VersionId, KnownVersion>;
  /** What builds that let versions pass had, by resource. */
  readonly passed: Known<BuildId, ReadonlyMap<ResourceId, VersionId>>;
}

export function createContext(db: Db, dialect: SqlDialect, clock: Clock): SqlContext {
  return {
    db,
    dialect,
    clock,
    models: new Known(64),
    plans: new Known(128),
    versions: new Known(20_000),
    passed: new Known(20_000),
  };
}

/** How often a command is begun that others get in the way of. */
const TRIES = 5;

/**
 * One command: a transaction that writes. It may be run again from its beginning when the database undid it because of others, so it
 * changes nothing but the database.
 */
export async function write<T>({ db, dialect }: SqlContext, command: (db: Db) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await db.transaction().execute(async (trx) => {
        const result = await command(trx);
        await writeNotes(trx, dialect);
        return result;
      });
    } catch (error) {
      if (tried === (dialect.tries ?? TRIES) || !dialect.mayRunAgain(error)) throw error;
    }
  }
}

/** Several queries in one consistent look. */
export function look<T>(context: SqlContext, queries: (db: Db) => Promise<T>): Promise<T> {
  return context.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(queries);
}

const insertNote = prepared<Omit<Schema['feed'], 'cursor'>>()((db, param) =>
  db.insertInto('feed').values({
    at: param('at'),
    topic: param('topic'),
    pipeline_id: param('pipeline_id'),
    job_id: param('job_id'),
    resource_id: param('resource_id'),
    build_id: param('build_id'),
  }),
);

const NOTES = new WeakMap<Db, Omit<Schema['feed'], 'cursor'>[]>();

/**
 * Last of all in a transaction: from here to its end only one writes at a time, so that the numbers of the feed appear in their order, and whoever
 * sees one has seen all before it. Nothing else is locked after this, so nobody waits for each other in a circle.
 */
async function writeNotes(trx: Db, dialect: SqlDialect): Promise<void> {
  const notes = NOTES.get(trx);
  if (notes === undefined) return;
  await dialect.lockFeed(trx);
  for (const row of notes) await insertNote(trx, row);
}

/** Notes, for the end of the command's own transaction, that something changed which a page may show. */
export async function note(
  db: Db,
  at: Instant,
  topic: FeedTopic,
  names: {
    readonly pipelineId?: PipelineId | undefined;
    readonly jobId?: JobId | undefined;
    readonly resourceId?: ResourceId | undefined;
    readonly buildId?: BuildId | undefined;
  },
): Promise<void> {
  const notes = NOTES.get(db) ?? [];
  NOTES.set(db, notes);
  notes.push({
    at,
    topic,
    pipeline_id: names.pipelineId ?? null,
    job_id: names.jobId ?? null,
    resource_id: names.resourceId ?? null,
    build_id: names.buildId ?? null,
  });
}

export function notFound(what: string, id: string): CodedError {
  return new CodedError('store.not_found', `there is no ${what} ${id}`, { hint: 'it may have been deleted' });
}

export function conflict(message: string, hint: string): CodedError {
  return new CodedError('store.conflict', message, { hint });
}

/** The number in an opaque cursor. Error: `store.bad_cursor`. */
export function cursorNumber(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw badCursor(cursor);
}

/** The id in an opaque cursor. Error: `store.bad_cursor`. */
export function cursorId<Id extends string>(cursor: string): Id {
  if (/^[0-9a-f-]{36}$/.test(cursor)) return cursor as Id;
  throw badCursor(cursor);
}

function badCursor(cursor: string): CodedError {
  return new CodedError('store.bad_cursor', `"${cursor}" is not a cursor of this list`, {
    hint: 'give back the cursor that came with the page before',
  });
}

export const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);
export const orUndefined = <T>(value: T | null): T | undefined => value ?? undefined;

/** Splits a list for `in (…)`: databases limit how many values one query may have. */
export function* portions<T>(items: readonly T[], size = 500): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
