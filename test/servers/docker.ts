/**
 * A Docker engine of the tests' own, with its state in a temporary directory and its socket there too, so that nothing of the machine's own
 * engine is seen or changed. It has no network unless one is made (containers get none, or the host's with `--network host`), and pulls nothing:
 * images are made here of one static busybox.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from './find-program.ts';
import type { Availability } from './required.ts';
import { mustRun, runCommand } from './run-command.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface DockerEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** What a step needs in its environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** An image with a shell and busybox's applets under this tag; `programs` of this machine are put in with the libraries they load. */
  makeImage(tag: string, options?: ImageOptions): Promise<void>;
  /** `docker ARGS`, which must succeed; what it printed. */
  docker(...args: readonly string[]): Promise<string>;
}

export interface ImageOptions {
  readonly programs?: readonly string[];
  /** As in a Dockerfile: `ENTRYPOINT ["redis-server"]`. */
  readonly changes?: readonly string[];
}

export function dockerAvailability(): Availability {
  if (process.getuid?.() !== 0) return { available: false, reason: 'an engine of our own needs root' };
  for (const [program, itsPackage] of [
    ['dockerd', 'docker.io'],
    ['docker', 'docker.io'],
    ['busybox', 'busybox-static'],
  ] as const) {
    if (!findProgram(program)) return { available: false, reason: `${program} is not installed (apt: ${itsPackage})` };
  }
  return { available: true };
}

export async function startDocker(): Promise<DockerEngine> {
  const directory = temporaryDirectory('docker');
  const failures: string[] = [];
  // overlay cannot lie on overlay, as in some sandboxes; vfs copies, but works everywhere.
  for (const driver of ['overlay2', 'vfs']) {
    const engine = await tryDriver(join(directory.path, driver), driver);
    if (typeof engine === 'string') failures.push(`${driver}: ${engine}`);
    else return serving(engine, directory);
  }
  await directory[Symbol.asyncDispose]();
  throw new Error(`dockerd does not start here\n${failures.join('\n')}`);
}

interface Running {
  readonly host: string;
  readonly root: string;
  readonly daemon: ChildProcess;
}

/** The running daemon, or the end of its log. */
async function tryDriver(root: string, driver: string): Promise<Running | string> {
  mkdirSync(root, { recursive: true });
  const host = `unix://${join(root, 'docker.sock')}`;
  const log = join(root, 'dockerd.log');
  const out = openSync(log, 'a');
  const daemon = spawn(
    findProgram('dockerd') ?? 'dockerd',
    [
      `--data-root=${join(root, 'data')}`,
      `--exec-root=${join(root, 'exec')}`,
      `--pidfile=${join(root, 'dockerd.pid')}`,
      `--host=${host}`,
      `--storage-driver=${driver}`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
    ],
    { stdio: ['ignore', out, out], env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: root } },
  );
  let ended = false;
  daemon.on('error', () => {
    ended = true;
  });
  daemon.on('exit', () => {
    ended = true;
  });
  for (let attempt = 0; attempt < 300 && !ended; attempt++) {
    const { code } = await runCommand('docker', ['--host', host, 'version'], { timeoutMs: 5_000 });
    if (code === 0) return { host, root, daemon };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!ended) await stop(daemon);
  return readFileSync(log, 'utf8').split('\n').slice(-6).join('\n');
}

async function stop(daemon: ChildProcess): Promise<void> {
  const exited = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  const timer = setTimeout(() => daemon.kill('SIGKILL'), 15_000);
  await exited;
  clearTimeout(timer);
}

function serving({ host, root, daemon }: Running, directory: AsyncDisposable): DockerEngine {
  const environment = { DOCKER_HOST: host, DOCKER_CONFIG: join(root, 'config') };
  const env = { PATH: process.env.PATH, HOME: root, ...environment };
  return {
    host,
    environment,
    docker: (...args) => mustRun('docker', args, { env }),
    async makeImage(tag, { programs = [], changes = [] } = {}) {
      const options = changes.flatMap((change) => ['--change', change]);
      await mustRun('docker', ['import', ...options, await busyboxTar(root, programs), tag], { env });
    },
    async [Symbol.asyncDispose]() {
      const left = await runCommand('docker', ['ps', '--all', '--quiet'], { env });
      const ids = left.stdout.split('\n').filter(Boolean);
      if (ids.length > 0) await runCommand('docker', ['rm', '--force', ...ids], { env });
      await runCommand('docker', ['network', 'prune', '--force'], { env });
      await stop(daemon);
      await unmountBelow(root);
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** One that had a network leaves a namespace of it mounted. */
async function unmountBelow(root: string): Promise<void> {
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [, place = ''] = line.split(' ');
    if (place.startsWith(`${root}/`)) await mustRun('umount', ['--lazy', place]);
  }
}

/** A root directory of one static busybox with all its applets, and these programs, as a tar file. */
async function busyboxTar(root: string, programs: readonly string[]): Promise<string> {
  const image = join(root, 'image');
  const tar = join(root, 'image.tar');
  const busybox = findProgram('busybox') ?? 'busybox';
  for (const name of ['bin', 'etc', 'root', 'tmp']) mkdirSync(join(image, name), { recursive: true });
  cpSync(busybox, join(image, 'bin/busybox'), { dereference: true });
  for (const applet of (await mustRun(busybox, ['--list'])).split('\n')) {
    if (applet !== 'busybox') symlinkIfMissing('busybox', join(image, 'bin', applet));
  }
  for (const program of programs) await copyProgram(program, image);
  writeFileSync(join(image, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await mustRun('tar', ['-C', image, '-cf', tar, '.']);
  return tar;
}

async function copyProgram(program: string, image: string): Promise<void> {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  const libraries = (await mustRun('ldd', [path])).match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    mkdirSync(dirname(join(image, library)), { recursive: true });
    cpSync(library, join(image, library), { dereference: true });
  }
  cpSync(path, join(image, 'bin', program), { dereference: true });
}

function symlinkIfMissing(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
