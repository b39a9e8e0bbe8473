/**
 * Caches of a task: brought back before it, kept after it. A cache only saves time: whatever goes wrong with one is a warning in the log, and the task goes on
 * without it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { selectPaths } from '../../blobs/archive/select-paths.ts';
import { unpackArchive } from '../../blobs/archive/unpack-archive.ts';
import { writeArchive } from '../../blobs/archive/write-archive.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import { fileDigest } from '../../lib/system/file-digest.ts';
import type { TaskCache } from '../../pipeline/plan-step.ts';
import { LONGEST_CACHE_KEY } from '../../protocol/worker-files.ts';
import type { StepRun } from '../engine/build.ts';
import { interruptOf } from '../engine/interrupt.ts';
import { tellProgress } from '../files/progress.ts';
import { filesOf, scratchDirectory } from './artifact.ts';

/** What is to be kept when the task has ended well. */
export interface OpenCache {
  readonly cache: TaskCache;
  readonly scope: string;
  readonly key: string;
}

/** Brings the caches back, one after the other. Gives those that have nothing under their own key yet. */
export async function restoreCaches(caches: readonly TaskCache[], run: StepRun): Promise<OpenCache[]> {
  const open: OpenCache[] = [];
  for (const cache of caches) {
    const missing = await orWarning(run, 'could not be brought back', () => restore(cache, run));
    if (missing !== undefined) open.push(missing);
  }
  return open;
}

export async function saveCaches(open: readonly OpenCache[], run: StepRun): Promise<void> {
  if (run.build.grant.readOnlyCaches === true) {
    if (open.length > 0) await run.log.say('cache: nothing is kept, because this build may only read caches');
    return;
  }
  for (const one of open) await orWarning(run, 'could not be kept', () => save(one, run));
}

async function restore(cache: TaskCache, run: StepRun): Promise<OpenCache | undefined> {
  const { key, prefixes } = await keysOf(cache, run);
  const scope = createHash('sha256').update(JSON.stringify(cache.paths)).digest('hex');
  const files = filesOf(run);
  const open = { cache, scope, key };
  const found = await files.findCache({ scope, key, prefixes }, run.signal);
  if (found === undefined) {
    await run.log.say(`cache: there is none for ${key} yet`);
    return open;
  }
  try {
    await unpack(found, run);
  } catch (error) {
    if (error instanceof CodedError && /^(archive\.(corrupt|forbidden)|blobs\.(corrupt|not_found))$/.test(error.code)) {
      await run.log.say(`warning: the cache ${found.key} is broken, it is thrown away: ${error.message}`);
      await files.dropCache({ scope, ...found }, run.signal);
      return open;
    }
    throw error;
  }
  await run.log.say(
    `cache: ${found.key} is brought back, ${sizeText(found.size)}${found.key === key ? '' : ` (for ${key})`}`,
  );
  return found.key === key ? undefined : open;
}

async function unpack(found: { readonly digest: string; readonly size: number }, run: StepRun): Promise<void> {
  const { shelf, workDir } = run.build.host;
  await using scratch = await scratchDirectory(run);
  let archive = await shelf?.take(found.digest);
  if (archive === undefined) {
    archive = join(scratch.path, 'archive');
    await filesOf(run).download(found, archive, run.signal, tellProgress(run.log, 'cache: fetched'));
    await shelf?.keep(found.digest, archive).catch(() => undefined); // It is fetched again next time.
  }
  await unpackArchive(createReadStream(archive, { highWaterMark: 256 * 1024 }), workDir, {
    scratch: join(scratch.path, 'unpacked'),
    archiveBytes: found.size,
    signal: run.signal,
  });
}

async function save({ cache, scope, key }: OpenCache, run: StepRun): Promise<void> {
  const { shelf, workDir } = run.build.host;
  const selection = await selectPaths(workDir, cache.paths);
  if (selection.entries.length === 0) {
    await run.log.say(`cache: nothing is kept, because nothing matches ${cache.paths.join(', ')}`);
    return;
  }
  await using scratch = await scratchDirectory(run);
  const archive = await writeArchive(workDir, selection.entries, join(scratch.path, 'archive'), { signal: run.signal });
  const files = filesOf(run);
  await files.upload(archive, run.signal, tellProgress(run.log, 'cache: sent'));
  const saved = await files.saveCache({ scope, key, digest: archive.digest, size: archive.size }, run.signal);
  if (saved) await shelf?.keep(archive.digest, archive.path).catch(() => undefined); // It is fetched when it is needed.
  await run.log.say(
    saved ? `cache: kept as ${key}, ${sizeText(archive.size)}` : `cache: another build has kept ${key} meanwhile`,
  );
}

async function keysOf(cache: TaskCache, run: StepRun): Promise<{ key: string; prefixes: string[] }> {
  const hashFiles = createFileHasher(run);
  const key = await hashFiles((known) => run.reader.read(cache.key, known));
  const restoreKeys = cache.restoreKeys;
  const prefixes = restoreKeys && (await hashFiles((known) => run.reader.read(restoreKeys, known)));
  const list = Array.isArray(prefixes?.value) ? prefixes.value.map(String) : [];
  const text = key.value === null ? '' : String(key.value);
  if (key.sensitive || run.build.host.masks.finds(text)) {
    throw new CodedError('cache.secret_in_key', 'there is a secret in its key', {
      hint: 'make the key of something else',
    });
  }
  if (text === '' || text.length > LONGEST_CACHE_KEY) {
    throw new CodedError('cache.bad_key', `its key has ${text.length} characters, of 1 to ${LONGEST_CACHE_KEY}`, {
      hint: 'hash what is long: sha256(…)',
    });
  }
  return {
    key: text,
    prefixes: list.filter((prefix) => prefix !== '').map((prefix) => prefix.slice(0, LONGEST_CACHE_KEY)),
  };
}

/**
 * Evaluates with `hashfiles`. Files are read beside the evaluation, which is no place to wait: what it asks for is noted and read, and the
 * evaluation is done again until it asks for nothing new.
 */
function createFileHasher(run: StepRun) {
  const known = new Map<string, string>();
  return async <T>(
    evaluate: (hashFiles: (patterns: readonly string[]) => string | undefined) => Promise<T>,
  ): Promise<T> => {
    for (;;) {
      const asked = new Map<string, readonly string[]>();
      try {
        return await evaluate((patterns) => {
          const found = known.get(JSON.stringify(patterns));
          if (found === undefined) asked.set(JSON.stringify(patterns), patterns);
          return found;
        });
      } catch (error) {
        if (asked.size === 0) throw error;
      }
      for (const [name, patterns] of asked) known.set(name, await hashOf(patterns, run));
    }
  };
}

/** Over the paths and the contents, in the order of the paths: a file that is renamed changes it. */
async function hashOf(patterns: readonly string[], run: StepRun): Promise<string> {
  const { workDir } = run.build.host;
  const { entries } = await selectPaths(workDir, patterns);
  const files = entries.filter((entry) => entry.kind === 'file');
  if (files.length === 0) {
    await run.log.say(
      `cache: hashfiles(${patterns.map((pattern) => JSON.stringify(pattern)).join(', ')}) finds no file`,
    );
    return '';
  }
  const hash = createHash('sha256');
  for (const { path } of files) hash.update(`${path}\0${await fileDigest(join(workDir, path))}\n`);
  return hash.digest('hex');
}

async function orWarning<T>(run: StepRun, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const interrupt = interruptOf(run.signal);
    if (interrupt !== undefined) throw interrupt;
    await run.log.say(`warning: a cache ${what}: ${errorText(error)}`);
    if (error instanceof CodedError && error.hint !== undefined) await run.log.say(`         ${error.hint}`);
    return undefined;
  }
}
