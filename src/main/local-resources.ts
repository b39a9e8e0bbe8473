import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import type { BuildPlan } from '../pipeline/plan.ts';

/** `--resource git.my-app=./dir`, taken apart. Throws `usage.bad_value`. */
export function readResourceArguments(given: readonly string[], cwd: string): ReadonlyMap<string, string> {
  const directories = new Map<string, string>();
  for (const argument of given) {
    const equals = argument.indexOf('=');
    const address = argument.slice(0, Math.max(0, equals));
    const directory = argument.slice(equals + 1);
    if (address === '' || directory === '') {
      throw new CodedError('usage.bad_value', `--resource: "${argument}" is not type.name=directory`, {
        hint: 'write --resource git.my-app=./dir',
      });
    }
    const path = resolve(cwd, directory);
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      throw new CodedError('usage.bad_value', `--resource: ${path} is not a directory`, {
        hint: `name the one to use for ${address}`,
      });
    }
    directories.set(address, path);
  }
  return directories;
}

/** Throws `usage.bad_value` for a resource that none of the jobs uses: its directory would be passed over in silence. */
export function checkResources(directories: ReadonlyMap<string, string>, plans: readonly BuildPlan[]): void {
  const addresses = [...new Set(plans.flatMap((plan) => Object.keys(plan.resources)))];
  for (const address of directories.keys()) {
    if (addresses.includes(address)) continue;
    const near = nearest(address, addresses);
    const [only, ...others] = plans.map(({ job }) => job);
    const who = others.length === 0 ? `the job ${only} does` : 'the jobs that run do';
    const used = addresses.length === 0 ? 'no resource is used' : `in use: ${addresses.join(', ')}`;
    throw new CodedError('usage.bad_value', `--resource: ${who} not use "${address}"`, {
      hint: near === undefined ? used : `did you mean ${near}?`,
    });
  }
}
