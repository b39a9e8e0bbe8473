/**
 * Texts of sources that were fetched once, on the disk of whoever fetched them.
 *
 * Two directories, as npm and git have them: `texts/SHA256` holds a text under its own sum, so that a pinned text is found however often
 * its address has changed since; `addresses/SHA256-OF-THE-ADDRESS.json` says what an address held last, and by what its server recognises
 * it. Files are private and appear whole. A file that is not what its name says counts as not there and is written anew. What was not
 * used for longest is removed when there is too much. Whatever the disk does, the worst is that something is fetched again.
 */
import { createHash } from 'node:crypto';
import { readdir, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Instant } from '../clock.ts';
import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import type { Fingerprint } from './fetch-answer.ts';
import { fileError } from './file-error.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

export interface SourceCache {
  /** The text with that sum. */
  text(sha256: string): Promise<string | undefined>;
  /** What an address held when it was asked last. */
  find(address: string): Promise<KeptSource | undefined>;
  keep(address: string, text: string, fingerprint: Fingerprint): Promise<void>;
}

export interface KeptSource {
  readonly text: string;
  readonly fingerprint: Fingerprint;
  /** When the server last said that this is the text. */
  readonly at: Instant;
}

export interface SourceCacheOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** Default: 1,000 texts, and as many addresses. */
  readonly maxFiles?: number;
  /** Of all texts together. Default: 64 MiB. */
  readonly maxBytes?: number;
}

const addressEntry = z.object({
  schema: z.literal(1),
  address: z.string(),
  sha256: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  at: z.int(),
});

export function createSourceCache(options: SourceCacheOptions): SourceCache {
  const { clock, maxFiles = 1_000, maxBytes = 64 * 1024 * 1024 } = options;
  const texts = join(options.directory, 'texts');
  const addresses = join(options.directory, 'addresses');
  const entryPath = (address: string): string => join(addresses, `${sha256Of(address)}.json`);

  const readText = async (sha256: string): Promise<string | undefined> => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    const path = join(texts, sha256);
    const text = await readPrivateFile(path);
    if (text === undefined || sha256Of(text) !== sha256) return undefined;
    // It was of use just now, so it is among the last to go.
    await utimes(path, clock.now() / 1_000, clock.now() / 1_000);
    return text;
  };

  return {
    text: (sha256) => ifPossible(() => readText(sha256)),
    find: (address) =>
      ifPossible(async () => {
        const entry = parseEntry(await readPrivateFile(entryPath(address)));
        if (entry?.address !== address) return undefined;
        const text = await readText(entry.sha256);
        const { etag, lastModified, at } = entry;
        return text === undefined ? undefined : { text, fingerprint: { etag, lastModified }, at };
      }),
    keep: (address, text, fingerprint) =>
      ifPossible(async () => {
        const sha256 = sha256Of(text);
        const at = clock.now();
        const kept = await ifPossible(() => readText(sha256));
        if (kept === undefined) {
          await writeDated(join(texts, sha256), text, at);
          await removeOldest(texts, maxFiles, maxBytes);
        }
        const isNew = (await ifPossible(() => readPrivateFile(entryPath(address)))) === undefined;
        const entry = { schema: 1, address, sha256, ...fingerprint, at };
        await writeDated(entryPath(address), `${JSON.stringify(entry)}\n`, at);
        if (isNew) await removeOldest(addresses, maxFiles, Number.POSITIVE_INFINITY);
      }),
  };
}

/** A cache that cannot be read or written is one that holds nothing. */
async function ifPossible<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof CodedError || errnoCode(error) !== '') return undefined;
    throw error;
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function parseEntry(text: string | undefined): z.infer<typeof addressEntry> | undefined {
  if (text === undefined) return undefined;
  try {
    return addressEntry.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeDated(path: string, content: string, at: Instant): Promise<void> {
  await writePrivateFile(path, content);
  await utimes(path, at / 1_000, at / 1_000);
}

async function removeOldest(directory: string, maxFiles: number, maxBytes: number): Promise<void> {
  const files: { path: string; size: number; at: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const found = await stat(path).catch(goneAlready);
    if (found?.isFile() === true) files.push({ path, size: found.size, at: found.mtimeMs });
  }
  files.sort((a, b) => b.at - a.at);
  let bytes = 0;
  for (const [at, { path, size }] of files.entries()) {
    bytes += size;
    if (at >= maxFiles || bytes > maxBytes) await unlink(path).catch(goneAlready);
  }
}

/** Somebody else with the same cache was tidying up too. */
function goneAlready(error: unknown): undefined {
  if (errnoCode(error) !== 'ENOENT') throw fileError(error, 'tidy up', 'the cache of sources');
}
