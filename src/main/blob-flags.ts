import type { Flags } from './flags.ts';

/** Where a server keeps artifacts and caches. */
export const blobPlaceFlags = {
  blobsSystem: {
    kind: 'text',
    choices: ['fs', 's3', 'database'],
    placeholder: 'system',
    doc: 'where artifacts and caches are kept: files, an S3-compatible store, or the database; by default fs, and database where several servers may share one',
  },
  blobsDir: { kind: 'text', placeholder: 'directory', doc: 'of fs: by default server/blobs in the data directory' },
  blobsEndpoint: { kind: 'text', placeholder: 'url', doc: "of s3: the store's address; by default Amazon's" },
  blobsRegion: { kind: 'text', placeholder: 'name', doc: 'of s3: the region; by default us-east-1' },
  blobsBucket: { kind: 'text', placeholder: 'name', doc: 'of s3: the bucket, which must be there' },
  blobsPrefix: { kind: 'text', fallback: '', placeholder: 'text', doc: 'of s3: what the names of objects begin with' },
  blobsPathStyle: {
    kind: 'switch',
    fallback: true,
    doc: 'of s3: the bucket is in the path of an address, and not in the name of its host',
  },
  blobsCredentials: {
    kind: 'text',
    placeholder: 'file',
    doc: 'of s3: a file with AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…; by default the environment has them',
  },
} as const satisfies Flags;

/** The same, and how much of them. */
export const blobFlags = {
  ...blobPlaceFlags,
  maxArtifactSize: {
    kind: 'integer',
    fallback: 4_096,
    min: 1,
    max: 1_048_576,
    doc: 'how large an artifact or a cache may be when it is packed, in MiB',
  },
  cacheMaxSize: {
    kind: 'integer',
    fallback: 20_480,
    min: 0,
    max: 1_073_741_824,
    doc: 'how large all caches together may be, in MiB; those that were not used for longest go first',
  },
  cacheMaxAge: { kind: 'duration', fallback: '14d', doc: 'a cache that was not used for so long is dropped' },
} as const satisfies Flags;
