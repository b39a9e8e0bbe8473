import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { CommandEnv } from '../builtin-command.ts';
import type { ProcessFacts } from './service-facts.ts';

/** Where servers live that an ordinary account's PATH leaves out. */
const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

export interface FoundPrograms {
  readonly found: Readonly<Record<string, string>>;
  /** Names of those that are not there. */
  readonly missing: readonly string[];
}

/** A program and its companions: those of one directory belong together, so the first that has the server is looked at first for all. */
export function findPrograms(facts: ProcessFacts, version: string | undefined, env: CommandEnv): FoundPrograms {
  const own = facts.directories?.(version, env) ?? [];
  const directories = [...own, ...(env.PATH ?? '').split(':').filter((path) => path !== ''), ...ALSO];
  const [server = []] = Object.values(facts.programs);
  const home = directories.find((directory) => server.some((name) => isProgram(join(directory, name))));
  const found: Record<string, string> = {};
  const missing: string[] = [];
  for (const [key, names] of Object.entries(facts.programs)) {
    const path = [...(home === undefined ? [] : [home]), ...directories]
      .flatMap((directory) => names.map((name) => join(directory, name)))
      .find(isProgram);
    if (path === undefined) missing.push(names[0] ?? key);
    else found[key] = path;
  }
  return { found, missing };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
