/**
 * `pikoci lock`: writes the lock file beside a pipeline, or says how it differs.
 *
 * Written, it keeps what is locked, adds what is not and leaves out what is no longer used; only `--update` takes another text for a source.
 * `--check` asks the addresses themselves, not what is kept of them, so it also finds what has changed since.
 */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import { fileError } from '../lib/system/file-error.ts';
import { loadPipeline } from '../pipeline/load.ts';
import type { LoadRequest, LoadResult } from '../pipeline/load-request.ts';
import { type Lock, type LockEntry, lockFileOf, readLock, writeLock } from '../pipeline/lock-file.ts';
import type { SourceBundle } from '../pipeline/model.ts';
import type { Builtins, SourceLoader, UsedSource } from '../pipeline/source.ts';
import type { CommandContext } from './context.ts';
import { diagnosticJson } from './diagnostic-json.ts';
import { bundleFile } from './load-file.ts';
import { changesBetween, describeChange, type LockChange } from './lock-changes.ts';
import { checkedRegistryUrl } from './registry-url.ts';
import { readVariables } from './variables.ts';

export interface LockOptions {
  readonly pipelineConfig?: string;
  readonly var?: readonly string[];
  readonly vars?: readonly string[];
  readonly registryUrl?: string;
  readonly check?: boolean;
  /** The address, or true without one. */
  readonly update?: string | true;
  readonly json?: boolean;
}

export interface LockContext extends CommandContext {
  readonly builtins: Builtins;
  readonly sources: SourceLoader;
  /** Of this pikoci: a lock file remembers whose built-ins it saw. */
  readonly version: string;
  /** Diagnostics as text for this terminal. */
  render(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): string;
}

/** Gives the exit code, and with `--json` says everything in one object. 1 when a source cannot be had or, with `--check`, when something differs. */
export async function lockSources(
  given: string | undefined,
  options: LockOptions,
  context: LockContext,
  now: () => number,
): Promise<number> {
  const name = given ?? options.pipelineConfig ?? 'pipeline.hcl';
  const bundle = await bundleFile(name, context.cwd);
  const lockName = lockFileOf(name);
  const { lock, diagnostics } = lockOf(bundle);
  const everything = options.update === true;
  const check = options.check === true;
  const json = options.json === true;
  const refuse = (found: readonly Diagnostic[], texts: ReadonlyMap<string, string>): number => {
    if (json) printJson(context, { ok: false, diagnostics: found.map((one) => diagnosticJson(one, texts)) });
    else {
      context.stderr.write(context.render(found, texts));
      context.stderr.write(check ? `${lockName} was not checked\n` : 'nothing was locked\n');
    }
    return 1;
  };
  if (diagnostics.length > 0 && !everything) return refuse(diagnostics, textsOf(bundle));

  if (check && options.update !== undefined) {
    throw new CodedError('usage.bad_value', '--check writes nothing, and --update is about what to write', {
      hint: 'leave one of them out',
    });
  }
  const held = check || everything ? [] : (lock?.entries ?? []).filter(({ address }) => address !== options.update);
  const loaded = await loadPipeline({
    ...(await requestOf(options, context)),
    bundle: withLock(bundle, check || lock === undefined ? undefined : held),
    lock: 'extend',
  });
  // What is wrong elsewhere may hide a source; a variable without a value does not, unless a source needs it.
  const mistakes = loaded.diagnostics.filter(
    ({ severity, code }) => severity === 'error' && (code !== 'no-value' || !loaded.everySourceFound),
  );
  if (mistakes.length > 0) return refuse(mistakes, loaded.sources);
  if (typeof options.update === 'string') checkAddress(options.update, loaded, lock, name);

  const entries = loaded.usedSources.map((used) => entryOf(used, lock, context.version, now()));
  const changes = changesBetween(lock?.entries ?? [], entries);
  const report = { name, lockName, lock, entries, json };
  return check
    ? reportDifferences(changes, report, context)
    : writeChanges(changes, { ...report, main: bundle.main }, context);
}

function lockOf(bundle: SourceBundle): { lock: Lock | undefined; diagnostics: Diagnostic[] } {
  const file = lockFileOf(bundle.main);
  const text = bundle.files[file];
  const diagnostics: Diagnostic[] = [];
  const lock = text === undefined ? undefined : readLock(text, file, (diagnostic) => diagnostics.push(diagnostic));
  return { lock, diagnostics };
}

const textsOf = ({ files }: SourceBundle): ReadonlyMap<string, string> => new Map(Object.entries(files));

/** `ok`: the lock file is right, now or as it was. */
function printJson(
  { stdout }: LockContext,
  report: { readonly ok: boolean } & Readonly<Record<string, unknown>>,
): void {
  stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

async function requestOf(
  options: LockOptions,
  { cwd, env, builtins, sources }: LockContext,
): Promise<Omit<LoadRequest, 'bundle'>> {
  const variables = await readVariables({ var: options.var ?? [], vars: options.vars ?? [], cwd });
  const registryUrl = checkedRegistryUrl(options.registryUrl ?? env.PIKOCI_REGISTRY_URL);
  return { variables, env, builtins, sources, registryUrl };
}

/** The bundle as if its lock file held these entries; undefined: as if there were none. */
function withLock({ main, files }: SourceBundle, entries: readonly LockEntry[] | undefined): SourceBundle {
  const file = lockFileOf(main);
  const { [file]: _old, ...others } = files;
  return { main, files: entries === undefined ? others : { ...others, [file]: writeLock(main, entries) } };
}

function checkAddress(address: string, loaded: LoadResult, lock: Lock | undefined, name: string): void {
  const known = [...loaded.usedSources, ...(lock?.entries ?? [])].map((one) => one.address);
  if (known.includes(address)) return;
  const near = nearest(address, known);
  const hint =
    near !== undefined
      ? `did you mean ${near}?`
      : /\.hcl$/.test(address) && !address.includes('://')
        ? `to update everything in ${address}: pikoci lock ${address} --update`
        : `it has: ${[...new Set(known)].join(', ') || 'no sources that are locked'}`;
  throw new CodedError('usage.bad_value', `--update: ${name} has no source "${address}"`, { hint });
}

/** The entry of a source; the old one while its text is the same, so that locking twice changes nothing. */
function entryOf(used: UsedSource, lock: Lock | undefined, version: string, now: number): LockEntry {
  const { kind, address, sha256, size, builtin } = used;
  const old = lock?.find(kind, address);
  if (old !== undefined && old.sha256 === sha256 && (old.pikoci !== undefined) === builtin) return old;
  const lockedAt = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return { kind, address, sha256, size, lockedAt, ...(builtin ? { pikoci: version } : {}) };
}

interface Report {
  readonly name: string;
  readonly lockName: string;
  readonly lock: Lock | undefined;
  readonly entries: readonly LockEntry[];
  readonly json: boolean;
}

function reportDifferences(
  changes: readonly LockChange[],
  { name, lockName, lock, entries, json }: Report,
  context: LockContext,
): number {
  const counting = changes.filter(({ matters }) => matters);
  if (json) {
    printJson(context, { ok: counting.length === 0, lockFile: lockName, written: false, sources: entries, changes });
    return counting.length === 0 ? 0 : 1;
  }
  const count = entries.length;
  const others = lock === undefined ? [] : changes.filter(({ matters }) => !matters);
  for (const change of others) context.stderr.write(`not counted: ${describeChange(change)}\n`);
  if (counting.length === 0) {
    context.stdout.write(
      lock === undefined ? `${name} has no sources to lock\n` : `${lockName} is right: ${plural(count)}\n`,
    );
    return 0;
  }
  context.stderr.write(
    lock === undefined
      ? `there is no ${lockName}, and ${name} has ${plural(count)}; write it: pikoci lock ${name}\n`
      : `${lockName} differs from what the sources of ${name} hold now:\n`,
  );
  for (const change of counting) {
    const way = change.kind === 'changed' ? `; to take it: pikoci lock --update ${change.address} ${name}` : '';
    context.stderr.write(`  ${describeChange(change)}${way}\n`);
  }
  if (lock !== undefined && counting.some(({ kind }) => kind !== 'changed')) {
    context.stderr.write(`to put that right: pikoci lock ${name}\n`);
  }
  return 1;
}

async function writeChanges(
  changes: readonly LockChange[],
  report: Report & { readonly main: string },
  context: LockContext,
): Promise<number> {
  const { name, lockName, main, lock, entries, json } = report;
  const needed = lock !== undefined || entries.length > 0;
  const isNew = needed && (changes.length > 0 || lock === undefined);
  if (isNew) await replaceFile(resolve(context.cwd, lockName), writeLock(main, entries));
  if (json) {
    printJson(context, { ok: true, lockFile: lockName, written: isNew, sources: entries, changes });
    return 0;
  }
  if (!needed) {
    context.stdout.write(`${name} has no sources to lock; no lock file is needed\n`);
    return 0;
  }
  const news = changes.length === 0 ? ', as it was' : '';
  context.stdout.write(`${lockName}: ${plural(entries.length)} locked${news}\n`);
  for (const change of changes) context.stdout.write(`  ${describeChange(change)}\n`);
  return 0;
}

const plural = (count: number): string => `${count} source${count === 1 ? '' : 's'}`;

/** Whoever reads it meanwhile sees the old text or the new one whole. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.lock.tmp`);
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(error, 'write', path);
  }
}
