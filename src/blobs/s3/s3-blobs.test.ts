import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openS3Bucket } from '../../lib/system/s3-bucket.ts';
import { S3_KEY, startS3Server } from '../../lib/system/s3-server.fixture.ts';
import { describeBlobs } from '../contract/describe-blobs.ts';
import { createS3Blobs } from './s3-blobs.ts';

const options = { bucket: 'pikoci', pathStyle: true, accessKey: S3_KEY, secretKey: S3_KEY };

describeBlobs('blobs in an S3 store', async (directory) => {
  const server = await startS3Server(join(directory, 's3'), 'pikoci');
  return {
    blobs: createS3Blobs(openS3Bucket({ ...options, endpoint: server.endpoint }), 'ci/', Date.now),
    // One more part than goes at once, and a bit.
    severalPieces: 3 * 8 * 1024 * 1024 + 1_000,
    dispose: () => server.close(),
  };
});

test('what others keep in the bucket is not ours, however much it is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-s3-'));
  const server = await startS3Server(directory, 'pikoci');
  const bucket = openS3Bucket({ ...options, endpoint: server.endpoint });
  const blobs = createS3Blobs(bucket, '', Date.now);
  try {
    const file = { path: join(directory, 'file'), size: 1 };
    writeFileSync(file.path, 'x');
    const ours = ['ab', 'ef'].map((two) => two.repeat(32));
    for (const digest of ours) await blobs.put(digest, file);
    for (const key of ['00/1', '00/2', '00/3', 'b', 'cd'.repeat(32), 'x']) await bucket.upload(key, file);
    expect((await blobs.list({ limit: 2 })).map(({ digest }) => digest)).toEqual(ours);
    expect((await blobs.list({ after: ours[0], limit: 2 })).map(({ digest }) => digest)).toEqual(ours.slice(1));
    expect((await blobs.list({ limit: 1 })).map(({ digest }) => digest)).toEqual(ours.slice(0, 1));
  } finally {
    await server.close();
    rmSync(directory, { recursive: true });
  }
});

test('a store that cannot be reached, a bucket that is not there and an unknown key are told apart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-s3-'));
  const server = await startS3Server(directory, 'pikoci');
  const list = (change: Partial<Parameters<typeof openS3Bucket>[0]>) =>
    createS3Blobs(openS3Bucket({ ...options, endpoint: server.endpoint, ...change }), '', Date.now).list({ limit: 1 });
  const refusal = (hint: string) => ({ code: 'blobs.unavailable', hint: expect.stringContaining(hint) });
  try {
    await expect(list({ endpoint: 'http://127.0.0.1:1' })).rejects.toMatchObject(refusal('--blobs-endpoint'));
    await expect(list({ bucket: 'another' })).rejects.toMatchObject(refusal('--blobs-bucket'));
    await expect(list({ accessKey: 'another' })).rejects.toMatchObject(refusal('AWS_ACCESS_KEY_ID'));
  } finally {
    await server.close();
    rmSync(directory, { recursive: true });
  }
});
