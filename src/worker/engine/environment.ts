/** What a command sees in its environment (LANGUAGE.md §3), apart from the few names of the worker's own that every command gets. */
import { formatDuration } from '../../lib/duration.ts';
import type { Json } from '../../lib/json.ts';
import { type InputValues, inputVariable, type JobInput } from '../../pipeline/job-input.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import { type BuildEvent, eventFacts } from '../../protocol/build-event.ts';
import type { BuildFacts } from '../../protocol/messages.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { EvaluatedValues } from '../secrets/value-reader.ts';

export type Environment = Readonly<Record<string, string>>;

/** `param_<name>`, `put_<key>` and the like. A null is left out. */
export function valuesAsEnvironment(prefix: string, values: EvaluatedValues): Environment {
  return textsAsEnvironment(
    prefix,
    Object.entries(values).map(([name, { value }]) => [name, value] as const),
  );
}

function textsAsEnvironment(prefix: string, entries: readonly (readonly [string, Json])[]): Environment {
  const environment: Record<string, string> = {};
  for (const [name, value] of entries) {
    const text = plainText(value);
    if (text !== undefined) environment[`${prefix}${name}`] = text;
  }
  return environment;
}

/** `version_<key>`; fields of nested objects are joined with `_`, a list is JSON. */
export function versionAsEnvironment(version: VersionFields): Environment {
  return textsAsEnvironment('version_', flatten(version));
}

/** `GET_<STEP>_<KEY>`. */
export function getAsEnvironment(step: string, version: VersionFields): Environment {
  const named = flatten(version).map(([key, value]) => [environmentName(key), value] as const);
  return textsAsEnvironment(`GET_${environmentName(step)}_`, named);
}

export function taskAsEnvironment(step: string, output: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(
    Object.entries(output).map(([key, value]) => [`TASK_${environmentName(step)}_${environmentName(key)}`, value]),
  );
}

/**
 * `SERVICE_<NAME>_<KEY>`. What is called `INSIDE_…` is for steps in containers, which see it in place of the name without
 * (containers/inside-environment.ts).
 */
export function serviceAsEnvironment(service: string, output: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(
    Object.entries(output)
      .map(([key, value]) => [environmentName(key), value] as const)
      .filter(([key]) => !key.startsWith(INSIDE))
      .map(([key, value]) => [`SERVICE_${environmentName(service)}_${key}`, value]),
  );
}

export const INSIDE = 'INSIDE_';

export function buildAsEnvironment(build: BuildFacts, attempt: number): Environment {
  return {
    BUILD_ID: build.id,
    BUILD_NUMBER: String(build.number),
    BUILD_JOB_NAME: build.job,
    BUILD_PIPELINE_NAME: build.pipeline,
    BUILD_TEAM_NAME: build.team,
    BUILD_URL: build.url,
    BUILD_ATTEMPT: String(attempt),
    ...(build.event !== undefined && eventAsEnvironment(build.event)),
  };
}

/** `BUILD_EVENT_<FACT>`, of those that there are. They come from strangers: a shell gets them as variables, and never as its text. */
function eventAsEnvironment(event: BuildEvent): Environment {
  const said = Object.entries(eventFacts(event)).filter(([, value]) => value !== '');
  return Object.fromEntries(
    said.map(([name, value]) => [`BUILD_EVENT_${name.toUpperCase()}`, value.replaceAll('\0', '')]),
  );
}

/** What a notification tells besides. */
export function newsAsEnvironment(build: BuildFacts, durationMs: number): Environment {
  return {
    BUILD_DURATION: formatDuration(durationMs),
    ...(build.cause !== undefined && { BUILD_CAUSE: build.cause }),
    ...(build.previousStatus !== undefined && { BUILD_PREVIOUS_STATUS: build.previousStatus }),
  };
}

/** `INPUT_<NAME>`: what the build was given. Of sensitive inputs a command sees only what its pipeline hands to it. */
export function inputsAsEnvironment(inputs: readonly JobInput[], values: InputValues): Environment {
  const open = inputs.filter(({ sensitive }) => !sensitive);
  return textsAsEnvironment(
    '',
    open.map(({ name }) => [inputVariable(name), values[name] ?? null] as const),
  );
}

/** `my-app` is `MY_APP`. */
export function environmentName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
}

function flatten(value: Readonly<Record<string, Json>>, prefix = ''): (readonly [string, Json])[] {
  return Object.entries(value).flatMap(([key, item]) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? flatten(item as Readonly<Record<string, Json>>, `${prefix}${key}_`)
      : [[`${prefix}${key}`, item] as const],
  );
}
