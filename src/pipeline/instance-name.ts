/** One pipeline's text set several times, once for each branch or pull request: each is a pipeline of its own, and this is what they are called. */
import type { Json } from '../lib/json.ts';
import { plainText } from './plain-text.ts';
import { slugOf } from './slug.ts';

export type InstanceVars = Readonly<Record<string, Json>>;

/**
 * `deploy--feature-login` for `deploy` and `{ branch = "feature/login" }`: the values of the variables, as parts of names, joined by `-` in the
 * order of the variables' names, as the jobs of a matrix are called. Undefined when a value has nothing in it to name an instance with.
 */
export function instanceName(pipeline: string, vars: InstanceVars): string | undefined {
  const slugs = Object.keys(vars)
    .sort()
    .map((name) => slugOf(textOf(vars[name])));
  return slugs.length === 0 || slugs.includes('') ? undefined : `${pipeline}--${slugs.join('-')}`;
}

/** `branch = feature/login, number = 12`. */
export function describeInstance(vars: InstanceVars): string {
  return Object.keys(vars)
    .sort()
    .map((name) => `${name} = ${textOf(vars[name])}`)
    .join(', ');
}

const textOf = (value: Json | undefined): string => plainText(value ?? null) ?? '';
