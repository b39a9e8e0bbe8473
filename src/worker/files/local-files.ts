/**
 * Large things of `pikoci run`, on this machine: blobs in a directory, a small file for each cache and for the newest of each artifact. What lies there
 * longer than LOCAL_DAYS is removed when it is opened.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BlobStore } from '../../blobs/blobs.ts';
import { createFsBlobs } from '../../blobs/fs/fs-blobs.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { type VersionFields, type VersionMetadata, versionFields, versionMetadata } from '../../protocol/version.ts';
import { cacheEntry } from '../../protocol/worker-files.ts';
import type { BuildFiles } from './build-files.ts';
import { checkDigest } from './http-files.ts';

export interface LocalFiles extends BuildFiles {
  /** Remembers what a `put` made, by the resource's address, for later jobs and runs of this pipeline. */
  remember(address: string, found: LocalArtifact): Promise<void>;
  /** The newest, if it is still there. */
  newest(address: string): Promise<LocalArtifact | undefined>;
}

export interface LocalArtifact {
  readonly version: VersionFields;
  readonly metadata: VersionMetadata;
}

const LOCAL_DAYS = 14;
const storedCache = cacheEntry.extend({ createdAt: z.number() });
const storedArtifact = z.object({ version: versionFields, metadata: versionMetadata });

/** `pipeline` is what tells the pipelines of this machine apart: the path of its file. */
export async function openLocalFiles(root: string, pipeline: string, now = Date.now): Promise<LocalFiles> {
  const blobs = createFsBlobs(join(root, 'blobs'));
  const own = join(root, nameOf(pipeline));
  // Best effort: a run that needs nothing of it is not kept from running.
  await removeOld(root, blobs, now() - LOCAL_DAYS * 24 * 60 * 60_000).catch(() => undefined);
  const cacheDir = (scope: string): string => join(own, 'caches', nameOf(scope));
  const cachePath = (scope: string, key: string): string => join(cacheDir(scope), nameOf(key));
  const artifactPath = (address: string): string => join(own, 'artifacts', nameOf(address));

  async function cachesOf(scope: string) {
    const names = await readdir(cacheDir(scope)).catch(() => []);
    const found = await Promise.all(names.map((name) => readJson(join(cacheDir(scope), name), storedCache)));
    return found.filter((entry) => entry !== undefined).sort((a, b) => b.createdAt - a.createdAt);
  }

  return {
    async upload(file) {
      await blobs.put(file.digest, file).catch((error: unknown) => notKept(error, root));
    },
    async download({ digest }, to, signal) {
      // Whatever stands behind it: bytes come as a stream, and what arrives is checked.
      await blobs.renew(digest);
      signal.throwIfAborted();
      const stream = await blobs.get(digest);
      await writeFile(to, stream as unknown as NodeJS.ReadableStream, { flag: 'wx', mode: 0o600, signal });
      await checkDigest(to, digest);
    },
    async findCache({ scope, key, prefixes }) {
      const all = await cachesOf(scope);
      const found =
        all.find((entry) => entry.key === key) ??
        prefixes
          .map((prefix) => all.find((entry) => entry.key.startsWith(prefix)))
          .find((entry) => entry !== undefined);
      if (found === undefined || !(await blobs.renew(found.digest))) return undefined;
      return { key: found.key, digest: found.digest, size: found.size };
    },
    async saveCache({ scope, key, digest, size }) {
      const path = cachePath(scope, key);
      const there = await readJson(path, storedCache);
      if (there !== undefined && (await blobs.stat(there.digest)) !== undefined) return false;
      await writeJson(path, { key, digest, size, createdAt: now() });
      return true;
    },
    async dropCache({ scope, key }) {
      await rm(cachePath(scope, key), { force: true });
    },
    remember: (address, found) => writeJson(artifactPath(address), found),
    async newest(address) {
      const found = await readJson(artifactPath(address), storedArtifact);
      const digest = found?.version.sha256;
      return typeof digest === 'string' && (await blobs.renew(digest)) ? found : undefined;
    },
  };
}

/** On this machine there are no settings of a server to look at. */
function notKept(error: unknown, root: string): never {
  if (!(error instanceof CodedError)) throw error;
  const hint = `it is kept in ${root}: is there room, and may you write there? XDG_STATE_HOME chooses another place`;
  throw new CodedError(error.code, error.message, { hint, cause: error });
}

/** Names of resources and keys never become parts of a path. */
const nameOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(value), { mode: 0o600 });
  await rename(temporary, path);
}

/** Undefined for what is not there, and for what another version of this program wrote. */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Blobs that were not used for long; what refers to them notices that they are gone. */
async function removeOld(root: string, blobs: BlobStore, before: number): Promise<void> {
  if ((await stat(root).catch(() => undefined)) === undefined) return;
  for (const { digest, putAt } of await blobs.list({ limit: 10_000 }))
    if (putAt < before) await blobs.delete(digest, before);
}
