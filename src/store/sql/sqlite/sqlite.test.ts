import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore } from '../../contract/describe-store.ts';
import { createSqliteStore } from './sqlite-store.ts';

describeStore('sqlite in memory', async () => ({
  open: async (clock) => createSqliteStore({ path: ':memory:', clock }),
  keeps: false,
  dispose: async () => undefined,
}));

describeStore('sqlite in a file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-store-'));
  return {
    open: async (clock) => createSqliteStore({ path: join(dir, 'pikoci.db'), clock }),
    keeps: true,
    dispose: () => rm(dir, { recursive: true }),
  };
});
