/** Why a name that exists means nothing at some place. */
import type { RunOnly } from './load-locals.ts';
import type { Names } from './names.ts';

export const NO_EACH = '"each" has a meaning only in a job or a module with "for_each", or a job with "matrix".';
const NO_RUN =
  'What a build is given, and what its gets and tasks find out, is only known to the steps of a job (and to locals they use), not here.';
export const NOT_IN_A_VARIABLE = {
  ...{ var: 'A default cannot use other variables; a local can.', local: 'A default cannot use locals.' },
  module: 'A default cannot use modules; a local can.',
  ...{ each: NO_EACH, build: NO_RUN, get: NO_RUN, task: NO_RUN, input: NO_RUN },
};
const RUN_ROOTS = ['build', 'get', 'task', 'input'] as const;
export const NOT_IN_LOCALS = { each: NO_EACH };
const FOREIGN =
  'The text of a source cannot use names of the pipeline that uses it; its commands get parameters as param_<name>.';
export const NOT_IN_A_SOURCE = {
  ...{ var: FOREIGN, local: FOREIGN, module: FOREIGN, each: FOREIGN, build: FOREIGN, get: FOREIGN, task: FOREIGN },
  input: FOREIGN,
};

/** Names for everything that is not a step of a job. */
export function outsideJobs(names: Names, runOnly: RunOnly): Names {
  const variables = new Map(names.scope.variables);
  for (const root of RUN_ROOTS) variables.delete(root);
  const elsewhere: Record<string, string> = { ...names.elsewhere };
  for (const root of RUN_ROOTS) elsewhere[root] = NO_RUN;
  for (const [name, need] of runOnly) elsewhere[name] = `${name} needs ${need}. ${NO_RUN}`;
  return { ...names, elsewhere, scope: { ...names.scope, variables } };
}
