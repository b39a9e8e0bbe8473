/**
 * From a runner type's template and a step's parameters to the command that is started (LANGUAGE.md §3). Pure.
 *
 * 1. `$name` and `${name}` with a lower-case name stand for a parameter, `$WORKDIR` for the directory. Every other `$…` stays as
 *    written, for a shell inside to have.
 * 2. An argument that is exactly `$name`: a list becomes that many arguments, a parameter not given makes the argument disappear, and
 *    `$env` becomes `-e KEY` for each name handed on, so that no value is ever on a command line.
 * 3. Inside a longer text a list or map is its JSON, and a parameter not given is nothing.
 * 4. In `env` the same holds for each value, with `$env` the names alone; a variable whose only parameter is not given is not set.
 * 5. What was put in is not looked at again.
 */
import type { Json } from '../lib/json.ts';
import { LIMIT_NAMES, type LimitName } from './limits.ts';
import { plainText } from './plain-text.ts';
import type { CommandTemplate, RunnerType } from './plan-types.ts';

/** A parameter after evaluation. A `null` is a parameter not given. */
export interface Parameter {
  readonly value: Json;
  readonly sensitive: boolean;
  /** Of a list in which some elements are sensitive: which. */
  readonly elements?: readonly boolean[] | undefined;
}
export type Parameters = Readonly<Record<string, Parameter>>;

export interface ExpansionPlace {
  /** What `$WORKDIR` stands for: the build's directory on the worker's own disk. */
  readonly workdir: string;
  /** Names of the environment that `$env` hands on; sorted by who calls, if the order matters. */
  readonly envNames: readonly string[];
}

export interface ExpandedCommand {
  readonly kind: 'command';
  readonly path: string;
  readonly args: readonly string[];
  /** Where to start it; absent: the build's directory. May be relative to that. */
  readonly dir?: string;
  /** What it may take, as it is written. */
  readonly limits: Readonly<Partial<Record<LimitName, string>>>;
  /** What the program alone is told by the environment; it may be secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly isEnvSensitive: boolean;
  /** Given parameters that neither `run` nor any other template of the runner mentions: worth a warning. */
  readonly unused: readonly string[];
  /** Indexes into `args` of arguments that hold a sensitive value; `-1` is the path. */
  readonly sensitive: readonly number[];
}

/** The path itself is a parameter that nobody gave. */
export interface MissingParameter {
  readonly kind: 'missing';
  readonly parameter: string;
}

const REFERENCE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;
const EXACT = /^\$(?:\{([a-z][a-z0-9_]*)\}|([a-z][a-z0-9_]*))$/;
const IS_PARAMETER = /^[a-z][a-z0-9_]*$/;

/** Names of the parameters that a template's texts mention; `env` is not one. */
export function parametersOf(template: CommandTemplate): ReadonlySet<string> {
  const names = new Set<string>();
  const limits = LIMIT_NAMES.map((name) => template[name] ?? '');
  const told = Object.values(template.env ?? {});
  for (const text of [template.path, ...template.args, template.dir ?? '', ...limits, ...told]) {
    for (const match of text.matchAll(REFERENCE)) {
      const name = match[1] ?? match[2] ?? '';
      if (IS_PARAMETER.test(name) && name !== 'env') names.add(name);
    }
  }
  return names;
}

type Templates = Pick<RunnerType, 'run' | 'prepare' | 'cancel' | 'cleanup'>;

/** A runner type never changes, and every command of a pipeline asks. */
const knownParameters = new WeakMap<Templates, ReadonlySet<string>>();

/** Names of all parameters that a runner type's commands mention. */
export function parametersOfRunner(type: Templates): ReadonlySet<string> {
  const known = knownParameters.get(type);
  if (known !== undefined) return known;
  const templates = [type.run, type.prepare, type.cancel, type.cleanup];
  const names = new Set(templates.flatMap((template) => (template === undefined ? [] : [...parametersOf(template)])));
  knownParameters.set(type, names);
  return names;
}

/** The name an argument consists of and nothing else: `$cmd` is `cmd`. */
export function exactParameter(text: string): string | undefined {
  const match = EXACT.exec(text);
  return match?.[1] ?? match?.[2];
}

/** Expands one template of a runner type: `run` unless another is given (`prepare`, `cancel`, `cleanup`). */
export function expandCommand(
  type: RunnerType,
  params: Parameters,
  place: ExpansionPlace,
  template: CommandTemplate = type.run,
): ExpandedCommand | MissingParameter {
  const given = (name: string): Parameter | undefined => {
    const own = Object.hasOwn(params, name) ? params[name] : undefined;
    if (own !== undefined && own.value !== null) return own;
    const value = Object.hasOwn(type.defaults, name) ? type.defaults[name] : undefined;
    return value === undefined || value === null ? undefined : { value, sensitive: false };
  };
  const pathParameter = exactParameter(template.path);
  if (pathParameter !== undefined && given(pathParameter) === undefined) {
    return { kind: 'missing', parameter: pathParameter };
  }
  const path = substitute(template.path, given, place);
  const sensitive: number[] = path.sensitive ? [-1] : [];
  const args: string[] = [];
  const push = (text: string, isSensitive: boolean): void => {
    if (isSensitive) sensitive.push(args.length);
    args.push(text);
  };
  for (const text of template.args) {
    const name = exactParameter(text);
    if (name === 'env') {
      for (const key of place.envNames) {
        push('-e', false);
        push(key, false);
      }
    } else if (name !== undefined) {
      const parameter = given(name);
      if (parameter === undefined) continue;
      const values = Array.isArray(parameter.value) ? parameter.value : [parameter.value];
      values.forEach((value: Json, at) => {
        push(plainText(value) ?? '', parameter.elements?.[at] ?? parameter.sensitive);
      });
    } else {
      const filled = substitute(text, given, place);
      push(filled.text, filled.sensitive);
    }
  }
  const mentioned = parametersOfRunner(type);
  const unused = Object.keys(params).filter((name) => params[name]?.value !== null && !mentioned.has(name));
  const dir = template.dir === undefined ? undefined : substitute(template.dir, given, place).text;
  const limits: Partial<Record<LimitName, string>> = {};
  for (const name of LIMIT_NAMES) {
    const text = template[name];
    const parameter = text === undefined ? undefined : exactParameter(text);
    if (text === undefined || (parameter !== undefined && given(parameter) === undefined)) continue;
    limits[name] = substitute(text, given, place).text;
  }
  const env: Record<string, string> = {};
  let isEnvSensitive = false;
  for (const [key, text] of Object.entries(template.env ?? {})) {
    const name = exactParameter(text);
    if (name === 'env') env[key] = place.envNames.join(' ');
    else if (name === undefined || given(name) !== undefined) {
      const filled = substitute(text, given, place);
      env[key] = filled.text;
      isEnvSensitive ||= filled.sensitive;
    }
  }
  return {
    kind: 'command',
    path: path.text,
    args,
    limits,
    env,
    isEnvSensitive,
    unused,
    sensitive,
    ...(dir !== undefined && dir !== '' && { dir }),
  };
}

/**
 * The same for a command whose type has a `runner` block: what `inner` would start becomes the `cmd` of `outer`, and its limits become parameters of
 * `outer`, which may have its own. Unused parameters are those of both.
 */
export function expandThrough(
  inner: { readonly type: RunnerType; readonly params: Parameters },
  outer: { readonly type: RunnerType; readonly params: Parameters },
  place: ExpansionPlace,
): ExpandedCommand | MissingParameter {
  const command = expandCommand(inner.type, inner.params, { ...place, workdir: outer.type.workdir ?? place.workdir });
  if (command.kind === 'missing') return command;
  const told = Object.entries(command.env).map(([name, value]) => `${name}=${shellQuote(value)}`);
  const words = [...told, ...[command.path, ...command.args].map(shellQuote)].join(' ');
  const script = command.dir === undefined ? words : `cd ${shellQuote(command.dir)} && ${words}`;
  const cmd: Parameter = { value: script, sensitive: command.sensitive.length > 0 || command.isEnvSensitive };
  const limits = Object.entries(command.limits).map(([name, value]) => [name, { value, sensitive: false }] as const);
  const outside = expandCommand(outer.type, { ...Object.fromEntries(limits), ...outer.params, cmd }, place);
  if (outside.kind === 'missing') return outside;
  return { ...outside, unused: [...new Set([...command.unused, ...outside.unused])] };
}

/** A word that a POSIX shell reads back as exactly this text. */
export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function substitute(
  text: string,
  given: (name: string) => Parameter | undefined,
  place: ExpansionPlace,
): { text: string; sensitive: boolean } {
  let sensitive = false;
  const filled = text.replace(REFERENCE, (whole: string, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? '';
    if (name === 'WORKDIR') return place.workdir;
    if (!IS_PARAMETER.test(name)) return whole;
    const parameter = given(name);
    sensitive ||= parameter?.sensitive ?? false;
    return parameter === undefined ? '' : (plainText(parameter.value) ?? '');
  });
  return { text: filled, sensitive };
}
