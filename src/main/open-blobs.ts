import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BlobStore } from '../blobs/blobs.ts';
import { createFsBlobs } from '../blobs/fs/fs-blobs.ts';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import type { Store } from '../store/store.ts';
import type { blobPlaceFlags } from './blob-flags.ts';
import type { FlagValues } from './flags.ts';

export type BlobSettings = FlagValues<typeof blobPlaceFlags>;

/** The place that `--blobs-system` names. Throws `usage.*` for settings that do not fit together. */
export async function openBlobs(
  settings: BlobSettings,
  parts: {
    readonly directory: string;
    readonly store: Store;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<BlobStore> {
  switch (settings.blobsSystem) {
    case 's3':
      return await openS3(settings, parts.environment);
    case 'database': {
      const { createDatabaseBlobs } = await import('../blobs/database/database-blobs.ts');
      return createDatabaseBlobs(parts.store, Date.now);
    }
    default:
      return createFsBlobs(
        settings.blobsDir === undefined ? join(parts.directory, 'blobs') : resolve(settings.blobsDir),
      );
  }
}

async function openS3(
  settings: BlobSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<BlobStore> {
  const { blobsBucket: bucket, blobsEndpoint: endpoint, blobsRegion: region, blobsPrefix, blobsPathStyle } = settings;
  if (bucket === undefined) {
    throw new CodedError('usage.missing', '--blobs-system s3 needs to know the bucket', {
      hint: 'give --blobs-bucket NAME, and --blobs-endpoint URL unless it is one of Amazon',
    });
  }
  const file = settings.blobsCredentials;
  const given = file === undefined ? environment : await readCredentials(file);
  const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken } = given;
  if (accessKey === undefined || secretKey === undefined) {
    throw new CodedError('usage.missing', `--blobs-system s3: ${file ?? 'the environment'} has no key of the store`, {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file that has them with --blobs-credentials',
    });
  }
  const [{ openS3Bucket }, { createS3Blobs }] = await Promise.all([
    import('../lib/system/s3-bucket.ts'),
    import('../blobs/s3/s3-blobs.ts'),
  ]);
  const options = { bucket, endpoint, region, pathStyle: blobsPathStyle, accessKey, secretKey, sessionToken };
  return createS3Blobs(openS3Bucket(options), blobsPrefix, Date.now);
}

/** Lines `KEY=VALUE`, as in a file of environment variables. */
async function readCredentials(path: string): Promise<Readonly<Record<string, string | undefined>>> {
  const text = await readFile(resolve(path), 'utf8').catch((error: unknown) => {
    throw fileError(error, 'read', path);
  });
  const lines = text.split(/\r?\n/).map((line) => /^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((line) => (line === null ? [] : [[line[1], line[2]?.replace(/^"(.*)"$/, '$1')]])),
  );
}
