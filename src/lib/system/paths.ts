import { isAbsolute, join, resolve } from 'node:path';

/**
 * Where pikoci keeps its things if no `--data-dir` says otherwise: `$XDG_STATE_HOME/pikoci`, by default
 * `~/.local/state/pikoci`; without a home `.pikoci` in the current directory. Absolute; nothing is created.
 */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const state = env.XDG_STATE_HOME;
  // The XDG specification has relative values ignored.
  if (state !== undefined && isAbsolute(state)) return join(state, 'pikoci');
  if (env.HOME !== undefined && env.HOME !== '') return resolve(cwd, env.HOME, '.local/state/pikoci');
  return resolve(cwd, '.pikoci');
}

/** Where pikoci keeps what it can get again: `$XDG_CACHE_HOME/pikoci`, by default `~/.cache/pikoci`; without a home below the data directory. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const cache = env.XDG_CACHE_HOME;
  if (cache !== undefined && isAbsolute(cache)) return join(cache, 'pikoci');
  if (env.HOME !== undefined && env.HOME !== '') return resolve(cwd, env.HOME, '.cache/pikoci');
  return join(defaultDataDir(env, cwd), 'cache');
}
