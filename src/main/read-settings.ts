import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import { type Flags, type FlagValues, readFlags } from './flags.ts';

/** A command's settings from its options, the environment and, when `--config` (or `PIKOCI_CONFIG`) names one, a file. */
export async function readSettings<F extends Flags>(
  flags: F,
  options: Readonly<Record<string, unknown>>,
): Promise<FlagValues<F>> {
  const environment = process.env;
  const path = options.config ?? environment.PIKOCI_CONFIG;
  const config = typeof path === 'string' && path !== '' && 'config' in flags ? await readConfigFile(path) : undefined;
  return readFlags(flags, { options, environment, config });
}

/** Reads a file of settings. JSON when its name ends so, else HCL attributes. */
async function readConfigFile(path: string): Promise<{ path: string; values: Record<string, unknown> }> {
  let text: string;
  try {
    text = await readFile(resolve(path), 'utf8');
  } catch (error) {
    throw fileError(error, 'read', path);
  }
  if (!path.endsWith('.json')) {
    const { readAttributes } = await import('../cli/hcl-attributes.ts');
    return { path, values: readAttributes(text, path) };
  }
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw new CodedError('usage.bad_config', `${path} is not JSON`, { cause: error, hint: String(error) });
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new CodedError('usage.bad_config', `${path} does not hold an object`, { hint: 'write {"port": 8080}' });
  }
  return { path, values: { ...values } };
}
