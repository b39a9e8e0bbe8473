import { describeBlobs } from '../blobs/contract/describe-blobs.ts';
import { CHUNK_BYTES, createDatabaseBlobs } from '../blobs/database/database-blobs.ts';
import { createSqliteStore } from '../store/sql/sqlite/sqlite-store.ts';

describeBlobs('blobs in the database', async () => {
  const store = createSqliteStore({ path: ':memory:' });
  await store.migrate();
  return {
    blobs: createDatabaseBlobs(store, Date.now),
    // More chunks than one transaction takes away.
    severalPieces: 40 * CHUNK_BYTES + 1,
    dispose: () => store.close(),
  };
});
