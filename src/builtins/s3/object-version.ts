import type { StoredObject } from './s3-store.ts';
import type { S3Way } from './s3-way.ts';

/** An object as a version of the resource. */
export function objectVersion({ key, etag, modified, versionId }: StoredObject, { kind }: Pick<S3Way, 'kind'>) {
  const bare = etag.replaceAll('"', '');
  const version: Record<string, string> =
    kind === 'files' ? { path: key } : versionId === undefined ? { etag: bare } : { version_id: versionId };
  return { version, metadata: { modified, ...(kind === 'files' && bare !== '' && { etag: bare }) } };
}
