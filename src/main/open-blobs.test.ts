import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3_KEY, startS3Server } from '../lib/system/s3-server.fixture.ts';
import { createSqliteStore } from '../store/sql/sqlite/sqlite-store.ts';
import { blobFlags } from './blob-flags.ts';
import { readFlags } from './flags.ts';
import { openBlobs } from './open-blobs.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pikoci-place-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const digest = createHash('sha256').update('hello').digest('hex');

async function tried(options: Record<string, unknown>, environment: Record<string, string> = {}): Promise<string> {
  const store = createSqliteStore({ path: ':memory:' });
  await store.migrate();
  try {
    const blobs = await openBlobs(readFlags(blobFlags, { options, environment: {} }), {
      ...{ directory: dir, store, environment },
    });
    writeFileSync(join(dir, 'hello'), 'hello');
    await blobs.put(digest, { path: join(dir, 'hello'), size: 5 });
    return await new Response(await blobs.get(digest)).text();
  } finally {
    await store.close();
  }
}

test('files, by default in the data directory', async () => {
  expect(await tried({})).toBe('hello');
  expect(existsSync(join(dir, 'blobs', digest.slice(0, 2), digest.slice(2)))).toBe(true);
  expect(await tried({ blobsDir: join(dir, 'elsewhere') })).toBe('hello');
  expect(existsSync(join(dir, 'elsewhere', digest.slice(0, 2)))).toBe(true);
});

test('the database', async () => {
  expect(await tried({ blobsSystem: 'database' })).toBe('hello');
});

test('an S3 store, with the key from the environment or a file', async () => {
  const server = await startS3Server(join(dir, 's3'), 'bucket');
  const options = { blobsSystem: 's3', blobsEndpoint: server.endpoint, blobsBucket: 'bucket', blobsPrefix: 'ci/' };
  const key = { AWS_ACCESS_KEY_ID: S3_KEY, AWS_SECRET_ACCESS_KEY: S3_KEY };
  try {
    expect(await tried(options, key)).toBe('hello');
    const file = join(dir, 'credentials');
    writeFileSync(file, `# the key\nexport AWS_ACCESS_KEY_ID=${S3_KEY}\nAWS_SECRET_ACCESS_KEY="${S3_KEY}"\n`);
    expect(await tried({ ...options, blobsCredentials: file })).toBe('hello');
    await expect(tried(options)).rejects.toMatchObject({ code: 'usage.missing' });
    await expect(tried({ ...options, blobsBucket: undefined }, key)).rejects.toMatchObject({
      hint: expect.stringContaining('--blobs-bucket'),
    });
    await expect(tried({ ...options, blobsCredentials: join(dir, 'none') })).rejects.toMatchObject({
      code: 'file.not_found',
    });
  } finally {
    await server.close();
  }
});
