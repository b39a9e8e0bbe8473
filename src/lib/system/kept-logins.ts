/** Tokens by which the command line is signed in to servers, one file for each, which only its own account can read. */
import { createHash } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';
import { defaultDataDir } from './paths.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const keptLogin = z.object({
  /** The server's origin. */
  url: z.string(),
  name: z.string(),
  token: z.string(),
  tokenId: z.string(),
});
export type KeptLogin = z.infer<typeof keptLogin>;

export function loginsDir(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  return join(defaultDataDir(env, cwd), 'logins');
}

const fileOf = (dir: string, url: string): string =>
  join(dir, `${createHash('sha256').update(new URL(url).origin).digest('hex').slice(0, 16)}.json`);

/** Throws the errors of file-error.ts. */
export async function keepLogin(dir: string, login: KeptLogin): Promise<void> {
  await writePrivateFile(fileOf(dir, login.url), `${JSON.stringify({ ...login, url: new URL(login.url).origin })}\n`);
}

/** What is kept for this server; a file that is damaged is none. */
export async function findLogin(dir: string, url: string): Promise<KeptLogin | undefined> {
  const found = await read(fileOf(dir, url));
  return found?.url === new URL(url).origin ? found : undefined;
}

export async function listLogins(dir: string): Promise<readonly KeptLogin[]> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return [];
    throw fileError(error, 'read', dir);
  }
  const found = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => read(join(dir, name))));
  return found.filter((one) => one !== undefined);
}

/** Whether there was one. */
export async function forgetLogin(dir: string, url: string): Promise<boolean> {
  try {
    await unlink(fileOf(dir, url));
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return false;
    throw fileError(error, 'remove', fileOf(dir, url));
  }
}

async function read(path: string): Promise<KeptLogin | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  try {
    return keptLogin.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
