import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError, errorText } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { fileError } from '../lib/system/file-error.ts';
import type { SourceBundle } from '../pipeline/model.ts';

/** What `--var` and `--vars` said, and where relative paths start. */
export interface VariableArguments {
  readonly var: readonly string[];
  readonly vars: readonly string[];
  readonly cwd: string;
}

/**
 * Values of a pipeline's variables from the command line: files of `--vars` in their order (JSON, YAML or HCL, by their ending), then each
 * `--var name=value`; a later one wins. `name=@file` is the file's text without its last line end, which keeps a value off the command line; `name=@@x` is
 * the text `@x`. Throws `usage.bad_variable`, `usage.bad_config`, `usage.unreadable_file`.
 */
export async function readVariables({
  var: single,
  vars: files,
  cwd,
}: VariableArguments): Promise<Record<string, Json>> {
  const values: Record<string, Json> = {};
  for (const file of files) Object.assign(values, await readVariableFile(file, cwd));
  for (const argument of single) {
    const [name, value] = await readAssignment('--var', argument, cwd);
    values[name] = value;
  }
  return values;
}

/** `name=value`, `name=@file`, `name=@@x` of a flag. Throws `usage.bad_variable`, `usage.unreadable_file`. */
export async function readAssignment(
  flag: '--var' | '--input',
  argument: string,
  cwd: string,
): Promise<readonly [name: string, value: string]> {
  const equals = argument.indexOf('=');
  const name = argument.slice(0, Math.max(0, equals)).trim();
  if (equals < 0 || !/^[A-Za-z_][\w-]*$/.test(name)) {
    // The value may be a secret: it is not repeated.
    const shown = equals < 0 ? 'an argument without =' : `the name "${name}"`;
    throw new CodedError('usage.bad_variable', `${flag}: ${shown} is not name=value`, {
      hint: `write ${flag} name=value, or ${flag} name=@file`,
    });
  }
  const value = argument.slice(equals + 1);
  if (value.startsWith('@@')) return [name, value.slice(1)];
  if (value.startsWith('@')) return [name, (await readText(value.slice(1), cwd)).replace(/\r?\n$/, '')];
  return [name, value];
}

/**
 * `PIKOCI_VAR_name` of whoever sets a pipeline, for the variables that its main file declares: a server has another environment.
 */
export async function environmentVariables(
  { main, files }: SourceBundle,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, Json>> {
  const { parseConfig } = await import('../hcl/parse.ts');
  const values: Record<string, Json> = {};
  for (const item of parseConfig(files[main] ?? '', main).body.items) {
    const name = item.kind === 'block' && item.type === 'variable' ? item.labels[0]?.value : undefined;
    const value = name === undefined ? undefined : env[`PIKOCI_VAR_${name}`];
    if (name !== undefined && value !== undefined) values[name] = value;
  }
  return values;
}

/** Values by name from JSON, YAML or HCL, as the file's ending says. Throws `usage.bad_config`, `usage.unreadable_file`. */
export async function readVariableFile(file: string, cwd: string): Promise<Record<string, Json>> {
  const text = await readText(file, cwd);
  if (/\.(hcl|vars|tfvars)$/.test(file)) return (await import('./hcl-attributes.ts')).readAttributes(text, file);
  let parsed: unknown;
  try {
    parsed = /\.ya?ml$/.test(file) ? (await import('yaml')).parse(text) : JSON.parse(text);
  } catch (error) {
    throw new CodedError('usage.bad_config', `${file} cannot be read: ${errorText(error).split('\n')[0]}`, {
      cause: error,
    });
  }
  const { z } = await import('zod');
  const object = z.record(z.string(), z.json()).safeParse(parsed);
  if (!object.success) {
    throw new CodedError('usage.bad_config', `${file} does not hold names and values`, {
      hint: 'in JSON: {"name": "value"}',
    });
  }
  return object.data as Record<string, Json>;
}

async function readText(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new CodedError('usage.unreadable_file', fileError(error, 'read', file).message, { cause: error });
  }
}
