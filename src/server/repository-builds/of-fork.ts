import { CodedError } from '../../lib/coded-error.ts';

/** What a build of a fork does not get or may not do, released or not: `no secrets`. */
export function ofFork(what: string): CodedError {
  return new CodedError('build.of_fork', `a build of a fork has ${what}`, {
    hint: 'push the change to a branch of the repository itself to build it with all that it needs',
  });
}
