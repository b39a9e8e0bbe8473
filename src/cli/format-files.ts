import { open } from 'node:fs/promises';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { formatConfig } from '../hcl/format.ts';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import { replaceFile } from '../lib/system/replace-file.ts';
import { rendered } from './file-commands.ts';
import type { FormatContext, FormatOptions } from './format-command.ts';
import { type FormatTarget, findFormatTargets } from './format-targets.ts';
import { wantsColor } from './style.ts';
import { diffForTerminal, textDiff } from './text-diff.ts';

/** No pipeline is this long; somebody's disk image is. */
const LARGEST_FILE = 16 * 1024 * 1024;
const STDIN = '<stdin>';

/** What became of one file. */
interface Formatted {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Formats files in place and names those that changed, or tells what would change. What cannot be read, or has mistakes, is left as it
 * is and told on stderr, and the others are formatted all the same. Gives the exit code: 1 if there was such a file, or, with `--check`,
 * one that is not formatted.
 */
export async function formatFiles(
  paths: readonly string[],
  options: FormatOptions,
  context: FormatContext,
): Promise<number> {
  if (paths.includes('-')) {
    if (paths.length === 1) return formatStdin(options, context);
    throw new CodedError('usage.bad_value', '- stands for standard input and cannot be formatted together with files', {
      hint: 'run pikoci fmt twice',
    });
  }
  const recursive = options.recursive === true;
  const { targets, problems, empty } = await findFormatTargets(paths.length === 0 ? ['.'] : paths, {
    cwd: context.cwd,
    recursive,
  });
  for (const problem of problems) tell(problem, context);
  for (const name of empty) {
    const where = name === '.' ? 'in this directory' : `in ${name}`;
    const hint = recursive ? '' : '; --recursive looks in the directories inside it, too';
    context.stderr.write(`pikoci: there is no *.hcl file ${where}${hint}\n`);
  }
  let failed = problems.length;
  let unformatted = 0;
  for (const target of targets) {
    try {
      const outcome = formatText(await readText(target), target.name, context);
      if (outcome === undefined) failed += 1;
      else if (outcome.after !== outcome.before) {
        unformatted += 1;
        await report(outcome, target, options, context);
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      tell(error, context);
      failed += 1;
    }
  }
  if (options.check === true && unformatted > 0) {
    context.stderr.write(
      `pikoci: ${unformatted === 1 ? 'a file is' : `${unformatted} files are`} not formatted; pikoci fmt does it\n`,
    );
    return 1;
  }
  return failed > 0 ? 1 : 0;
}

async function report(
  outcome: Formatted,
  target: FormatTarget,
  options: FormatOptions,
  context: FormatContext,
): Promise<void> {
  if (options.diff === true) writeDiff(outcome, context);
  else {
    if (options.check !== true) await replaceFile(target.path, outcome.after, target.name);
    context.stdout.write(`${outcome.name}\n`);
  }
}

async function formatStdin(options: FormatOptions, context: FormatContext): Promise<number> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of context.stdin()) {
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    length += bytes.length;
    if (length > LARGEST_FILE) throw tooLarge(STDIN);
    pieces.push(bytes);
  }
  const outcome = formatText(decode(Buffer.concat(pieces), STDIN), STDIN, context);
  if (outcome === undefined) return 1;
  const isFormatted = outcome.before === outcome.after;
  if (options.diff === true) writeDiff(outcome, context);
  else if (options.check !== true) context.stdout.write(outcome.after);
  else if (!isFormatted) context.stdout.write(`${STDIN}\n`);
  return options.check === true && !isFormatted ? 1 : 0;
}

/** Undefined: it has mistakes, which were told. */
function formatText(before: string, name: string, context: FormatContext): Formatted | undefined {
  const result = formatConfig(before, name);
  if (result.kind === 'formatted') return { name, before, after: result.text };
  const errors: readonly Diagnostic[] = result.diagnostics.filter(({ severity }) => severity === 'error');
  context.stderr.write(rendered(errors, new Map([[name, before]]), context));
  context.stderr.write(`${name} is left as it is: what has mistakes cannot be formatted\n`);
  return undefined;
}

function writeDiff({ name, before, after }: Formatted, context: FormatContext): void {
  const diff = textDiff(name, before, after);
  const isTerminal = context.stdout.isTTY === true;
  const color = wantsColor(isTerminal, context.env);
  context.stdout.write(isTerminal || color ? diffForTerminal(diff, color) : diff);
}

async function readText({ name, path }: FormatTarget): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > LARGEST_FILE) throw tooLarge(name);
      return decode(await file.readFile(), name);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, 'read', name);
  }
}

const tooLarge = (name: string): CodedError =>
  new CodedError('file.too_large', `cannot format ${name}: it is larger than ${LARGEST_FILE / 1024 / 1024} MiB`);

/** The byte order mark stays part of the text. A text that cannot be read exactly must not be written back. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new CodedError('file.not_utf8', `cannot format ${name}: it is not UTF-8 text`, {
      cause: error,
      hint: 'pipelines are UTF-8; convert it first, as with iconv -t UTF-8',
    });
  }
}

function tell({ message, hint }: CodedError, context: FormatContext): void {
  context.stderr.write(`pikoci: ${message}\n${hint === undefined ? '' : `        ${hint}\n`}`);
}
