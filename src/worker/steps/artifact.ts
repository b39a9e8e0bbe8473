/** `put` and `get` of artifacts: packed and unpacked by the worker itself, kept by whoever keeps the build (host.files). */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { commonDirectory, insideOf, selectPaths, tidy } from '../../blobs/archive/select-paths.ts';
import { unpackArchive } from '../../blobs/archive/unpack-archive.ts';
import { type WrittenArchive, writeArchive } from '../../blobs/archive/write-archive.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { sizeText } from '../../lib/size-text.ts';
import { fileDigest } from '../../lib/system/file-digest.ts';
import type { PlanResource } from '../../pipeline/plan.ts';
import type { GetStep, PutStep } from '../../pipeline/plan-step.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { StepRun } from '../engine/build.ts';
import { failed, type StepEnd, SUCCEEDED } from '../engine/step-end.ts';
import type { BuildFiles } from '../files/build-files.ts';
import { tellProgress } from '../files/progress.ts';
import type { EvaluatedValues } from '../secrets/value-reader.ts';
import { insideWorkDir } from './inside-work-dir.ts';
import { emitVersion, resourceDirectory } from './step-resource.ts';

/** Packs, brings it up, and records it on the build and as a version of the resource. */
export async function putArtifact(
  step: PutStep,
  run: StepRun,
  resource: PlanResource,
  params: EvaluatedValues,
  own: EvaluatedValues,
): Promise<StepEnd> {
  const { host, grant } = run.build;
  const files = filesOf(run);
  const paths = textsOf(own.paths?.value ?? params.paths?.value, `paths of ${step.resource}`);
  const dir = own.dir?.value ?? params.dir?.value;
  await using scratch = await scratchDirectory(run);
  const packed = await packPaths(run, paths, typeof dir === 'string' ? dir : undefined, join(scratch.path, 'archive'));
  if ('end' in packed) return packed.end;
  const { archive } = packed;
  const index = join(scratch.path, 'index');
  const indexFile = await writeWhole(index, archive.index);
  await run.log.say(
    `packed ${count(archive.entries, 'entry', 'entries')}, ${sizeText(archive.unpackedSize)}, into ${sizeText(archive.size)}`,
  );
  await files.upload(archive, run.signal, tellProgress(run.log, 'sent'));
  await files.upload(indexFile, run.signal);
  const name = resource.directory ?? resource.name;
  await host.emit({
    kind: 'artifact',
    at: host.clock.now(),
    step: run.id,
    name,
    resource: step.resource,
    digest: archive.digest,
    size: archive.size,
    entries: archive.entries,
    unpackedSize: archive.unpackedSize,
    indexDigest: indexFile.digest,
  });
  const version = { build: grant.build.number, job: grant.build.job, sha256: archive.digest, size: archive.size };
  await emitVersion(step.resource, 'pushed', version, { entries: String(archive.entries) }, run);
  run.build.gets.set(step.name, version);
  await run.log.say(`${name} is kept, sha256 ${archive.digest}`);
  return SUCCEEDED;
}

const versionOfArtifact = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) });

/** Fetches and checks the archive, and only then unpacks it. */
export async function getArtifact(
  step: GetStep,
  version: VersionFields,
  run: StepRun,
  resource: PlanResource,
): Promise<StepEnd> {
  const parsed = versionOfArtifact.safeParse(version);
  if (!parsed.success) {
    throw new CodedError('artifact.bad_version', `${JSON.stringify(version)} is no version of an artifact`, {
      hint: 'versions of artifacts are made by put; was one pinned by hand?',
    });
  }
  const { sha256: digest, size } = parsed.data;
  const params = await run.reader.readAll(resource.params);
  const directory = await resourceDirectory(resource, params, run);
  await using scratch = await scratchDirectory(run);
  const archive = join(scratch.path, 'archive');
  await filesOf(run).download({ digest, size }, archive, run.signal, tellProgress(run.log, 'fetched'));
  const done = await unpackArchive(createReadStream(archive, { highWaterMark: 256 * 1024 }), directory, {
    scratch: join(scratch.path, 'unpacked'),
    archiveBytes: size,
    signal: run.signal,
  });
  await run.log.say(
    `${step.name}: ${count(done.entries, 'entry', 'entries')}, ${sizeText(done.bytes)}, unpacked into ${basename(directory)}`,
  );
  return SUCCEEDED;
}

/** The archive of what the paths mean; or how the step ends, because a path means nothing. */
export async function packPaths(
  run: StepRun,
  paths: readonly string[],
  dir: string | undefined,
  to: string,
): Promise<{ readonly archive: WrittenArchive } | { readonly end: StepEnd }> {
  const { workDir } = run.build.host;
  for (const path of paths) insideWorkDir(path.replace(/^!/, ''), `a path of ${run.id}`);
  const top = insideWorkDir(dir ?? commonDirectory(paths), 'dir');
  const root = await insideOf(workDir, top);
  const relative = paths.map((path) => below(top, path));
  const selection = await selectPaths(root, relative);
  for (const line of selection.leftOut) await run.log.say(`warning: ${line}: it is left out`);
  if (selection.unmatched.length > 0) {
    const named = paths.filter((_, at) => selection.unmatched.includes(relative[at] ?? ''));
    return {
      end: failed(
        'artifact.nothing_matches',
        `nothing in the build's directory matches ${named.map((path) => JSON.stringify(path)).join(', ')}`,
        'paths are relative to $WORKDIR; did the task before make it somewhere else?',
      ),
    };
  }
  return { archive: await writeArchive(root, selection.entries, to, { signal: run.signal }) };
}

/** A path of the build's directory as one of `top`'s. */
function below(top: string, path: string): string {
  const not = path.startsWith('!') ? '!' : '';
  const clean = tidy(path.slice(not.length));
  if (top === '.' || top === '') return not + clean;
  if (clean === top) return `${not}.`;
  if (clean.startsWith(`${top}/`)) return not + clean.slice(top.length + 1);
  if (not !== '' && clean.startsWith('**')) return not + clean;
  throw new CodedError(
    'artifact.bad_dir',
    `${JSON.stringify(path)} does not lie in dir, which is ${JSON.stringify(top)}`,
    {
      hint: 'dir is what all paths have in common; leave it out, or name one higher up',
    },
  );
}

export function filesOf(run: StepRun): BuildFiles {
  const { files } = run.build.host;
  if (files !== undefined) return files;
  throw new CodedError('artifact.no_place', 'this worker has no way to keep artifacts and caches', {
    hint: 'give it --pikoci-url',
  });
}

/** A place of its own on the disk of the work directory, gone at the end. */
export async function scratchDirectory(run: StepRun): Promise<AsyncDisposable & { readonly path: string }> {
  const path = join(run.build.host.privateDir, `files-${randomBytes(6).toString('hex')}`);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function writeWhole(path: string, bytes: Uint8Array) {
  await pipeline([bytes], createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return { path, digest: await fileDigest(path), size: bytes.byteLength };
}

function textsOf(value: unknown, what: string): string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'string' && item !== ''))
    return list;
  throw new CodedError('artifact.bad_paths', `${what} is no list of paths`, {
    hint: 'write paths = ["dist/**"]',
  });
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;
