/** A registry of container images on loopback: Debian's docker-registry, with its own directory, gone with it afterwards. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import type { Availability } from './required.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface ImageRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands before the name of an image. */
  readonly host: string;
}

export function registryAvailability(): Availability {
  return findProgram('docker-registry') === undefined
    ? { available: false, reason: 'docker-registry is not installed' }
    : { available: true };
}

/** With `login` it asks for that one, by basic authentication. */
export async function startImageRegistry(
  options: { readonly login?: { readonly username: string; readonly password: string } } = {},
): Promise<ImageRegistry> {
  const directory = temporaryDirectory('registry');
  const host = `127.0.0.1:${await freePort()}`;
  const config: Record<string, unknown> = {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(directory.path, 'images') }, delete: { enabled: true } },
    http: { addr: host },
  };
  if (options.login !== undefined) {
    const { username, password } = options.login;
    const hash = await Bun.password.hash(password, { algorithm: 'bcrypt', cost: 4 });
    writeFileSync(join(directory.path, 'htpasswd'), `${username}:${hash}\n`);
    config.auth = { htpasswd: { realm: 'test', path: join(directory.path, 'htpasswd') } };
  }
  const file = join(directory.path, 'config.yml');
  // YAML takes JSON.
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(findProgram('docker-registry') ?? 'docker-registry', ['serve', file], {
    env: { PATH: process.env.PATH, HOME: directory.path, OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const look = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (said.includes('listening on')) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`docker-registry ended: ${said.slice(-2_000)}`)));
  });
  return {
    host,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}
