import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { z } from 'zod';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { secretAnswer } from '../secret-answer.ts';

/** A file on the worker, read by its extension: JSON, YAML, `KEY=value` lines, or as it is. */
export async function fileGet(env: CommandEnv, io: CommandIo): Promise<number> {
  const path = param(env, 'path');
  if (path === undefined) throw new CodedError('parameter_missing', 'The secret needs "path": which file.');
  const file = locate(path, env);
  const text = await read(file);
  const key = param(env, 'key');
  const kind = extname(file).toLowerCase() || (/(^|\/)\.env$/.test(file) ? '.env' : '');
  switch (kind) {
    case '.json':
      io.stdout(
        secretAnswer(
          parse(file, () => JSON.parse(text)),
          key,
          file,
        ),
      );
      return 0;
    case '.yaml':
    case '.yml': {
      const yaml = await import('yaml');
      io.stdout(
        secretAnswer(
          parse(file, () => yaml.parse(text)),
          key,
          file,
        ),
      );
      return 0;
    }
    case '.env':
      io.stdout(secretAnswer(parseEnvFile(text), key, file));
      return 0;
    default:
      // One newline at the end is the editor's, not the secret's.
      io.stdout(`${JSON.stringify({ [key ?? 'value']: text.replace(/\r?\n$/, '') })}\n`);
      return 0;
  }
}

/** A relative path is one of the build's directory, if there is such a file, else one of where the worker was started. */
function locate(path: string, env: CommandEnv): string {
  const inBuild = resolve(path);
  const { PIKOCI_STARTED_IN: started } = env;
  return started === undefined || existsSync(inBuild) ? inBuild : resolve(started, path);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'the worker may not read it' : errorText(cause);
    throw new CodedError('secret_not_found', `The secret's file ${file} cannot be read: ${why}.`, {
      hint: "The path is one on the worker; a relative one in the build's directory, or from where the worker was started.",
      cause,
    });
  }
}

/** Parsers quote what they stumble over, which here may be a secret: of their errors only the kind is told. */
function parse(file: string, run: () => unknown): Json {
  try {
    return z.json().parse(run()) as Json;
  } catch {
    throw new CodedError('secret_unreadable', `${file} is not valid ${extname(file).slice(1).toUpperCase()}.`);
  }
}

/** `KEY=value` lines as shells and Docker have them: comments, `export`, quotes, between which a value may go on over several lines. */
export function parseEnvFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*?)\s*$/.exec(lines[at] ?? '');
    if (match === null) continue;
    const [, key = '', first = ''] = match;
    const last = endOfQuoted(lines, at, first);
    values[key] = unquoted([first, ...lines.slice(at + 1, last + 1)].join('\n').trimEnd());
    at = last;
  }
  return values;
}

const QUOTED = /^(["'])([\s\S]*)\1(?:\s+#.*)?$/;

/** The line on which the quotes close that open in the first one; that same line where they open none, or never close. */
function endOfQuoted(lines: readonly string[], at: number, first: string): number {
  const quote = first.charAt(0);
  if ((quote !== '"' && quote !== "'") || QUOTED.test(first)) return at;
  const closing = new RegExp(`(?:^|[^\\\\])${quote}\\s*(?:#.*)?$`);
  const end = lines.findIndex((line, index) => index > at && closing.test(line));
  return end < 0 ? at : end;
}

function unquoted(raw: string): string {
  const [, quote, inner = ''] = QUOTED.exec(raw) ?? [];
  if (quote === undefined) return raw.replace(/\s+#.*$/, '');
  if (quote === "'") return inner;
  return inner.replace(/\\(["\\$`nrt])/g, (_, char: string) => ESCAPES[char] ?? char);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
