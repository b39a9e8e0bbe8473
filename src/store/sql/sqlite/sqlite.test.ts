import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore } from '../../contract/describe-store.ts';
import { createSqliteStore } from './sqlite-store.ts';

describeStore('sqlite in memory', { keeps: false }, async () => ({
  open: async (clock) => createSqliteStore({ path: ':memory:', clock }),
  dispose: async () => undefined,
}));

describeStore('sqlite in a file', { keeps: true }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-store-'));
  return {
    open: async (clock) => createSqliteStore({ path: join(dir, 'pikoci.db'), clock }),
    dispose: () => rm(dir, { recursive: true }),
  };
});
