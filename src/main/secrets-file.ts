/** `--secrets FILE`: what would be asked of secret stores, from a file of the person who runs. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readVariables } from '../cli/variables.ts';
import { parseConfig } from '../hcl/parse.ts';
import type { Json } from '../lib/json.ts';
import type { SourceBundle } from '../pipeline/model.ts';
import type { GivenSecrets } from '../worker/secrets/given-secrets.ts';

/** Reads it. `warn` is told when others on this machine can read it too. */
export async function readSecretsFile(
  file: string | undefined,
  cwd: string,
  warn: (line: string) => void,
): Promise<GivenSecrets | undefined> {
  if (file === undefined) return undefined;
  const values = await readVariables({ var: [], vars: [file], cwd });
  const { mode } = await stat(resolve(cwd, file));
  if ((mode & 0o077) !== 0) warn(`${file} can be read by others on this machine: chmod 600 ${file}`);
  return { from: file, values };
}

/** Those of its values that are for variables of the pipeline which name no store: sensitive ones, whose value somebody has to give. */
export function variablesFrom({ values }: GivenSecrets, { main, files }: SourceBundle): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const item of parseConfig(files[main] ?? '', main).body.items) {
    const name = item.kind === 'block' && item.type === 'variable' ? item.labels[0]?.value : undefined;
    if (item.kind !== 'block' || name === undefined || !Object.hasOwn(values, name)) continue;
    const isSecret = item.body.items.some((inner) => inner.kind === 'block' && inner.type === 'secret');
    const value = values[name];
    if (!isSecret && value !== undefined) found[name] = value;
  }
  return found;
}
