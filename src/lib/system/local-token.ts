/**
 * How the command line finds the server on its own machine and signs in without a login: the server leaves its address and a token in a
 * file that only its own account can read, one per port, and takes it away when it ends. The file of one that was killed stays; it is known
 * by its process being gone.
 */
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';
import { defaultDataDir } from './paths.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const localServer = z.object({
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  url: z.string(),
  token: z.string(),
  pid: z.int().positive(),
  instance: z.string(),
  startedAt: z.int(),
});
export type LocalServer = z.infer<typeof localServer>;

/** Where all servers of this account leave their files, whatever their data directories are. */
export function localServersDir(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  return join(defaultDataDir(env, cwd), 'servers');
}

const fileOf = (dir: string, port: number): string => join(dir, `${port}.json`);

/** Throws the errors of file-error.ts. */
export async function leaveLocalServer(dir: string, port: number, server: LocalServer): Promise<void> {
  await writePrivateFile(fileOf(dir, port), `${JSON.stringify(server)}\n`);
}

/** Takes the file away if it is still the one that this instance left. */
export async function removeLocalServer(dir: string, port: number, instance: string): Promise<void> {
  const path = fileOf(dir, port);
  if ((await readServer(path))?.instance !== instance) return;
  try {
    await unlink(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw fileError(error, 'remove', path);
  }
}

/** Servers of this account whose process lives, the one started last first. */
export async function findLocalServers(dir: string): Promise<readonly LocalServer[]> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return [];
    throw fileError(error, 'read', dir);
  }
  const found = await Promise.all(
    names.filter((name) => /^\d+\.json$/.test(name)).map((name) => readServer(join(dir, name))),
  );
  return found
    .filter((server): server is LocalServer => server !== undefined && isAlive(server.pid))
    .sort((a, b) => b.startedAt - a.startedAt);
}

/** What is not such a file, or is open to others, is not believed. */
async function readServer(path: string): Promise<LocalServer | undefined> {
  try {
    const text = await readPrivateFile(path);
    return text === undefined ? undefined : localServer.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || error instanceof CodedError) return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process has that number now.
    return errnoCode(error) === 'EPERM';
  }
}
