/** Files of the build's directory as the parameters of a step name them. */
import { glob, mkdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import type { CommandEnv } from './builtin-command.ts';

/** The directory that a `get` fills; made if need be. */
export async function getDirectory(env: CommandEnv): Promise<string> {
  const dir = resolve(env.WORKDIR || '.', env.GET_DIR || '.');
  await mkdir(dir, { recursive: true });
  return dir;
}

/** A path inside the build's directory. Throws `outside_build` for one that leads out of it. */
export function buildPath(env: CommandEnv, path: string, attribute: string): string {
  const root = resolve(env.WORKDIR || '.');
  const full = resolve(root, path);
  const inside = relative(root, full);
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return full;
  throw new CodedError(
    'outside_build',
    `"${attribute}" is ${JSON.stringify(path)}, which leads out of the build's directory.`,
    {
      hint: 'Paths are relative to the directory of the build.',
    },
  );
}

/** The files that a pattern (`dist/*.tgz`) names, in order. Throws `file_not_found` when there are none. */
export async function findFiles(env: CommandEnv, pattern: string, attribute: string): Promise<string[]> {
  const root = resolve(env.WORKDIR || '.');
  const plain = buildPath(env, pattern, attribute);
  if (await isFile(plain)) return [await notLinkedOut(root, plain, attribute)];
  const found: string[] = [];
  if (/[*?[{]/.test(pattern)) {
    for await (const path of glob(relative(root, plain), { cwd: root })) {
      const full = resolve(root, path);
      if (await isFile(full)) found.push(await notLinkedOut(root, full, attribute));
    }
  }
  if (found.length > 0) return found.sort();
  throw new CodedError(
    'file_not_found',
    `"${attribute}" is ${JSON.stringify(pattern)}, and there is no such file in the directory of the build.`,
    {
      hint: 'Did the task before it write it elsewhere? Its "outputs" can say which paths must exist after it.',
    },
  );
}

/** A link that leads out may have been made in a container, which must not choose what of this machine is sent away. */
async function notLinkedOut(root: string, path: string, attribute: string): Promise<string> {
  const inside = relative(await realpath(root), await realpath(path));
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return path;
  throw new CodedError(
    'outside_build',
    `"${attribute}" names ${relative(root, path)}, and a link there leads out of the build's directory.`,
    { hint: 'Copy what it leads to.' },
  );
}

/** The one file that a pattern names. Throws `file_not_found`, `many_files`. */
export async function findFile(env: CommandEnv, pattern: string, attribute: string): Promise<string> {
  const [file, ...others] = await findFiles(env, pattern, attribute);
  if (file !== undefined && others.length === 0) return file;
  const names = [file, ...others].slice(0, 5).map((path) => relative(resolve(env.WORKDIR || '.'), path ?? ''));
  throw new CodedError(
    'many_files',
    `"${attribute}" is ${JSON.stringify(pattern)}, and that names ${others.length + 1} files: ${names.join(', ')}${others.length > 4 ? ', …' : ''}.`,
    {
      hint: 'Exactly one is needed.',
    },
  );
}

/** A name that can be no path: what a server calls a file goes no further than its directory. Throws `bad_file_name`. */
export function plainFileName(name: string, where: string): string {
  const bad = name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name) || Buffer.byteLength(name) > 255;
  if (!bad) return name;
  throw new CodedError('bad_file_name', `${where} is called ${JSON.stringify(name)}, which is no name of a file.`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
