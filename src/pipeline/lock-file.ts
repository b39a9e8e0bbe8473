/**
 * The lock file of a pipeline, `pipeline.lock.hcl` beside `pipeline.hcl`: what the text of every source was when somebody looked at it last.
 *
 * A text that was fetched must be the one that is locked. That of a built-in changes with pikoci itself, so for it the lock only remembers
 * which version wrote it. Files beside the pipeline are not in it: they are pinned by the commit that the lock file lies in.
 */
import { z } from 'zod';
import { errorDiagnostic, hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/evaluate.ts';
import { formatConfig } from '../hcl/format.ts';
import { parseConfig } from '../hcl/parse.ts';
import { type Range, START_OF_FILE } from '../hcl/position.ts';
import { EMPTY_SCOPE } from '../hcl/scope.ts';
import type { Attribute, Block } from '../hcl/syntax.ts';
import { toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { BlockReader, type Report, readLabels } from './block-reader.ts';
import { LOCKED_KINDS, type LockedKind } from './source.ts';

export interface LockEntry {
  readonly kind: LockedKind;
  /** As the pipeline writes it. */
  readonly address: string;
  /** Of the text as UTF-8, in hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** When the text was taken, ISO 8601. */
  readonly lockedAt: string;
  /** The version of pikoci whose built-in it is; absent for what was fetched. */
  readonly pikoci?: string | undefined;
}

export interface Lock {
  /** Where it lies in the bundle. */
  readonly file: string;
  readonly entries: readonly LockEntry[];
  find(kind: LockedKind, address: string): LockEntry | undefined;
}

/** `ci/pipeline.lock.hcl` for `ci/pipeline.hcl`. */
export function lockFileOf(main: string): string {
  return `${main.replace(/\.hcl$/i, '')}.lock.hcl`;
}

const FORMAT = 1;

const entryAttributes = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().min(0),
  locked_at: z.iso.datetime(),
  pikoci: z.string().optional(),
});

/** Reads a lock file. What is wrong is reported, and there is no lock then. */
export function readLock(text: string, file: string, report: Report): Lock | undefined {
  let broken = false;
  const tell: Report = (diagnostic) => {
    broken = true;
    report(diagnostic);
  };
  if (/^(<{7}|>{7}) /m.test(text)) {
    const detail = `${file} holds both sides of a merge. Take either of them whole, then run: pikoci lock`;
    tell(errorDiagnostic('broken-lock', 'Merge conflict in the lock file', detail, { subject: startOf(file) }));
    return undefined;
  }
  const { body, diagnostics } = parseConfig(text, file);
  for (const diagnostic of diagnostics) tell(diagnostic);
  if (broken) return undefined;
  const reader = new BlockReader(body, 'A lock file', tell);
  const format = reader.attribute('format');
  if (plain(format) !== FORMAT) {
    const detail = `This version of pikoci reads lock files with format = ${FORMAT}. Use the version of pikoci that wrote this one, or write it anew: pikoci lock --update`;
    const subject = format?.expression.range ?? startOf(file);
    tell(errorDiagnostic('broken-lock', 'Not a lock file of this version', detail, { subject }));
    return undefined;
  }
  const entries = new Map<string, LockEntry>();
  for (const block of reader.blocks('source')) {
    const entry = readEntry(block, tell);
    if (entry === undefined) continue;
    const key = keyOf(entry.kind, entry.address);
    if (entries.has(key)) tell(broke(`${entry.address} is locked twice.`, block.headerRange));
    entries.set(key, entry);
  }
  reader.finish();
  if (broken) return undefined;
  return {
    file,
    entries: [...entries.values()],
    find: (kind, address) => entries.get(keyOf(kind, address)),
  };
}

function readEntry(block: Block, report: Report): LockEntry | undefined {
  const labels = readLabels(block, ['kind', 'address'], report);
  if (labels === undefined) return undefined;
  const [kind = '', address = ''] = labels;
  const known = LOCKED_KINDS.find((one) => one === kind);
  if (known === undefined) {
    report(broke(`"${kind}" is none of ${LOCKED_KINDS.join(', ')}.`, block.labels[0]?.range ?? block.headerRange));
    return undefined;
  }
  const reader = new BlockReader(block.body, 'A locked source', report);
  const values: Record<string, Json> = {};
  for (const name of Object.keys(entryAttributes.shape)) {
    const value = plain(reader.attribute(name));
    if (value !== undefined) values[name] = value;
  }
  reader.finish();
  const parsed = entryAttributes.safeParse(values);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))].join(' and ');
    report(broke(`What is locked for ${address} has no usable ${names}.`, block.headerRange));
    return undefined;
  }
  const { sha256, size, locked_at: lockedAt, pikoci } = parsed.data;
  return { kind: known, address, sha256, size, lockedAt, pikoci };
}

/** The value of an attribute that needs nothing to be worked out. */
function plain(attribute: Attribute | undefined): Json | undefined {
  if (attribute === undefined) return undefined;
  const { value, diagnostics } = evaluate(attribute.expression, EMPTY_SCOPE);
  return hasErrors(diagnostics) ? undefined : toJson(value);
}

function broke(what: string, subject: Range) {
  const detail = `${what} A lock file is not written by hand; write it anew: pikoci lock --update`;
  return errorDiagnostic('broken-lock', 'Broken lock file', detail, { subject });
}

function startOf(file: string): Range {
  return { file, start: START_OF_FILE, end: { ...START_OF_FILE, column: 2, byte: 1 } };
}

const keyOf = (kind: LockedKind, address: string): string => `${address} ${kind}`;

/** The text of a lock file, the same for the same entries in whatever order. `main` is the pipeline's file. */
export function writeLock(main: string, entries: readonly LockEntry[]): string {
  const sorted = entries.toSorted((a, b) => compare(keyOf(a.kind, a.address), keyOf(b.kind, b.address)));
  const blocks = sorted.map(({ kind, address, sha256, size, lockedAt, pikoci }) =>
    [
      `source ${quoted(kind)} ${quoted(address)} {`,
      `sha256 = ${quoted(sha256)}`,
      `size = ${size}`,
      `locked_at = ${quoted(lockedAt)}`,
      ...(pikoci === undefined ? [] : [`pikoci = ${quoted(pikoci)}`]),
      '}',
    ].join('\n'),
  );
  const head = `# Written by pikoci lock: what the sources of ${main} held. Keep it with the pipeline.\n# To take what an address holds now: pikoci lock --update ADDRESS\n\nformat = ${FORMAT}`;
  const text = `${[head, ...blocks].join('\n\n')}\n`;
  const formatted = formatConfig(text, lockFileOf(main));
  if (formatted.kind === 'formatted') return formatted.text;
  throw new Error(`a lock file that cannot be read was written: ${JSON.stringify(formatted.diagnostics)}`);
}

/** By code units, so that no locale changes the order. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, '$&$&');
}
