/** Preloaded into a server that runs from its sources: it knows one migration more than we do. With `DIES_WITH`, the database's file, it dies as soon as that is done. */
import { Database } from 'bun:sqlite';
import { MIGRATIONS, type Migration } from '../../src/store/sql/migrate.ts';
import { addColumns } from '../../src/store/sql/migrations/create-tables.ts';

const known = MIGRATIONS.length;
(MIGRATIONS as Migration[]).push({
  name: 'newer',
  up: (db, dialect) => addColumns(db, dialect, 'teams', { colour: 'text' }),
});

const file = process.env.DIES_WITH;
if (file !== undefined) {
  const database = new Database(file, { readonly: true });
  const newest = database.query<{ version: number }, []>('select max(version) as version from pikoci_schema');
  setInterval(() => {
    if ((newest.get()?.version ?? 0) > known) process.kill(process.pid, 'SIGKILL');
  }, 1);
}
