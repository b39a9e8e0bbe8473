/**
 * Credentials for registries of images, as a runner type's `env` hands them on (`PIKOCI_REGISTRY_CREDENTIALS`): docker, podman and buildah read
 * them from a file, which lies in a directory of the worker's own while the command runs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { Environment } from '../engine/environment.ts';

const VARIABLE = 'PIKOCI_REGISTRY_CREDENTIALS';

const credential = z.strictObject({
  /** Absent: Docker Hub. */
  registry: z.string().min(1).optional(),
  username: z.string().min(1),
  password: z.string().min(1),
});
const credentials = z.union([credential.transform((one) => [one]), z.array(credential)]);

/** What docker and the others call Docker Hub. */
const DOCKER_HUB = ['https://index.docker.io/v1/', 'docker.io'];

export interface RegistryCredentials extends Disposable {
  /** Takes the place of the variable that holds the values. */
  readonly env: Environment;
}

/** `told`: what the runner's template hands on. Throws `runner.bad_credentials`, which tells no value. */
export function registryCredentials(told: Environment, directory: string, env: Environment): RegistryCredentials {
  const text = told[VARIABLE] ?? '';
  if (text === '') return { env: {}, [Symbol.dispose]: () => undefined };
  const auths = Object.fromEntries(
    readCredentials(text).flatMap(({ registry, username, password }) => {
      const auth = Buffer.from(`${username}:${password}`).toString('base64');
      return (registry === undefined ? DOCKER_HUB : [registry]).map((name) => [name, { auth }]);
    }),
  );
  mkdirSync(directory, { mode: 0o700 });
  const file = join(directory, 'config.json');
  const before = configOf(env);
  // Helpers of the account would be asked before the file.
  const { credsStore: _store, credHelpers: _helpers, ...others } = before.config;
  const known = typeof others.auths === 'object' ? others.auths : {};
  writeFileSync(file, JSON.stringify({ ...others, auths: { ...known, ...auths } }), { mode: 0o600 });
  for (const name of before.others) symlinkSync(join(before.directory, name), join(directory, name));
  return {
    env: { [VARIABLE]: '', DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: file },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function readCredentials(text: string): z.infer<typeof credentials> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // No object: said below, without the text.
  }
  const parsed = credentials.safeParse(found);
  if (parsed.success) return parsed.data;
  throw new CodedError('runner.bad_credentials', 'the "credentials" of the runner are not what a registry asks for', {
    hint: 'Write credentials = { registry = "ghcr.io", username = "ci", password = var.token }, or a list of such.',
  });
}

/** What the account's own docker is told: contexts, plugins, other registries. */
function configOf(env: Environment): { directory: string; config: Record<string, unknown>; others: string[] } {
  const directory = env.DOCKER_CONFIG ?? join(env.HOME ?? '/', '.docker');
  try {
    const config: unknown = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));
    const others = readdirSync(directory).filter((name) => name !== 'config.json');
    return { directory, config: z.record(z.string(), z.unknown()).parse(config), others };
  } catch {
    // There is none, or none that docker could read.
    return { directory, config: {}, others: [] };
  }
}
