/**
 * With `regexp`: a version `{ path }` for each object that matches, in the order of what its group captures, or of when they were written if there is no
 * group. With `versioned_file`: `{ version_id }` of one object, or `{ etag }` in a bucket that keeps no versions.
 */
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { objectVersion } from '../s3/object-version.ts';
import { openS3, type S3Store, type StoredObject } from '../s3/s3-store.ts';
import { readWay } from '../s3/s3-way.ts';
import type { NamePattern } from '../versions/name-pattern.ts';
import { sortByVersion } from '../versions/semantic-version.ts';

/** At most so many are told at once, the newest ones. */
const MOST = 100;

export async function s3Check(env: CommandEnv, io: CommandIo): Promise<number> {
  const store = openS3(env, io);
  const way = await readWay(env);
  const all = way.kind === 'files' ? await matching(store, way.pattern, io) : await fileVersions(store, way.key, io);
  const found = all.map((object) => objectVersion(object, way));
  const known = found.findIndex(({ version }) =>
    Object.entries(version).every(([key, value]) => env[`version_${key}`] === value),
  );
  io.stdout(`${JSON.stringify(known < 0 ? found.slice(-1) : found.slice(known).slice(-MOST))}\n`);
  return 0;
}

async function matching(store: S3Store, pattern: NamePattern, io: CommandIo): Promise<StoredObject[]> {
  const objects = (await store.list(pattern.prefix)).filter(({ key }) => pattern.matches(key));
  const hasGroup = objects.some(({ key }) => pattern.capture(key) !== undefined);
  if (!hasGroup) return objects.sort((a, b) => Date.parse(a.modified) - Date.parse(b.modified));
  const sorted = sortByVersion(objects, ({ key }) => pattern.capture(key) ?? '');
  if (sorted.length < objects.length) {
    io.stderr(
      `${objects.length - sorted.length} objects are left out: what the group of "regexp" finds in their names is no version\n`,
    );
  }
  return sorted;
}

async function fileVersions(store: S3Store, key: string, io: CommandIo): Promise<StoredObject[]> {
  const now = await store.stat(key);
  if (now === undefined) {
    io.stderr(`${store.shown(key)} is not there (yet)\n`);
    return [];
  }
  if (now.versionId === undefined) return [now];
  return (await store.versions(key)).filter(({ isDeleted }) => isDeleted !== true);
}
