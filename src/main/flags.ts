/**
 * Settings of a command. Each is declared once, as a `Flag`, and can then be given in three ways; the first found counts:
 *
 * 1. on the command line, `--db-system sqlite`;
 * 2. in the environment, `PIKOCI_DB_SYSTEM=sqlite` (and the names in `env`);
 * 3. in the file of `--config`, `db_system = "sqlite"` in HCL, or the same in JSON.
 */
import { type Command, Option } from 'commander';
import { CodedError } from '../lib/coded-error.ts';
import { parseDuration } from '../lib/duration.ts';
import { nearest } from '../lib/nearest.ts';

interface FlagBase {
  readonly doc: string;
  /** Environment variables besides `PIKOCI_<NAME>`, in the order they are looked at. */
  readonly env?: readonly string[];
  /** Never shown in a message. */
  readonly sensitive?: boolean;
  /** False: in the environment and the file alone, for everybody on a machine can read its command lines. */
  readonly argv?: false;
}
export type Flag = FlagBase &
  (
    | {
        readonly kind: 'text';
        readonly fallback?: string;
        readonly placeholder?: string;
        readonly choices?: readonly string[];
      }
    | { readonly kind: 'integer'; readonly fallback: number; readonly min: number; readonly max: number }
    | { readonly kind: 'duration'; readonly fallback: string }
    | { readonly kind: 'switch'; readonly fallback: boolean }
    | { readonly kind: 'list'; readonly placeholder?: string }
  );

/** What a flag's value is once read: durations in milliseconds, an absent text `undefined`. */
export type FlagValue<F extends Flag> = F extends { kind: 'text' }
  ? F extends { fallback: string }
    ? string
    : string | undefined
  : F extends { kind: 'integer' | 'duration' }
    ? number
    : F extends { kind: 'switch' }
      ? boolean
      : readonly string[];

/** Settings by camelCase name. */
export type Flags = Readonly<Record<string, Flag>>;
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** `dbSystem` to `db-system`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `dbSystem` to `PIKOCI_DB_SYSTEM`. */
export function environmentName(key: string): string {
  return `PIKOCI_${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}

/** The variables of the environment that hold secrets of ours. */
export function secretNames(flags: Flags): readonly string[] {
  return Object.entries(flags).flatMap(([key, flag]) =>
    flag.sensitive === true ? [environmentName(key), ...(flag.env ?? [])] : [],
  );
}

/** Declares the flags on a command, so that `--help` shows them. */
export function declareFlags(command: Command, flags: Flags): void {
  for (const [key, flag] of Object.entries(flags)) {
    if (flag.argv === false) continue;
    const name = flagName(key);
    const environment = ['', environmentName(key), ...(flag.env ?? [])].slice(1).join(', ');
    const about = (fallback: string): string => `${flag.doc} (${[fallback, environment].filter(Boolean).join('; ')})`;
    switch (flag.kind) {
      case 'switch':
        command.addOption(new Option(`--${name} [bool]`, about(`default ${flag.fallback}`)));
        command.addOption(new Option(`--no-${name}`, `the same as --${name}=false`).hideHelp());
        break;
      case 'list':
        command.addOption(
          new Option(`--${name} <${flag.placeholder ?? 'value'}>`, about('may be given several times')).argParser(
            (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value],
          ),
        );
        break;
      case 'text': {
        const choices = flag.choices === undefined ? '' : `${flag.choices.join(', ')}`;
        const fallback = (flag.fallback ?? '') === '' ? '' : `default ${flag.fallback}`;
        command.addOption(
          new Option(
            `--${name} <${flag.placeholder ?? 'text'}>`,
            about([choices, fallback].filter(Boolean).join('; ')),
          ),
        );
        break;
      }
      default:
        command.addOption(new Option(`--${name} <${flag.kind}>`, about(`default ${flag.fallback}`)));
    }
  }
}

/** Where each value came from, for messages: `--port`, `PIKOCI_PORT`, `port in pikoci.hcl`. */
interface Given {
  readonly value: unknown;
  readonly from: string;
}

export interface FlagSources {
  /** What commander collected, by camelCase name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration file's values by snake_case name, and its path. */
  readonly config?: { readonly path: string; readonly values: Readonly<Record<string, unknown>> } | undefined;
}

/** Reads all flags. Throws `usage.*` CodedErrors that name where the wrong value was given and what would be right. */
export function readFlags<F extends Flags>(flags: F, sources: FlagSources): FlagValues<F> {
  if (sources.config !== undefined) {
    const known = Object.keys(flags).map((key) => flagName(key).replaceAll('-', '_'));
    for (const name of Object.keys(sources.config.values)) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      throw new CodedError('usage.unknown_setting', `${sources.config.path} sets ${name}, which is not a setting`, {
        hint: near === undefined ? `settings are the command's flags with _ for -` : `did you mean ${near}?`,
      });
    }
  }
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) values[key] = readFlag(flag, given(key, flag, sources));
  return values as FlagValues<F>;
}

function given(key: string, flag: Flag, { options, environment, config }: FlagSources): Given | undefined {
  if (options[key] !== undefined) return { value: options[key], from: `--${flagName(key)}` };
  for (const name of [environmentName(key), ...(flag.env ?? [])]) {
    const value = environment[name];
    if (value !== undefined && value !== '') return { value, from: name };
  }
  const setting = flagName(key).replaceAll('-', '_');
  const value = config?.values[setting];
  return value === undefined || config === undefined ? undefined : { value, from: `${setting} in ${config.path}` };
}

function readFlag(flag: Flag, found: Given | undefined): unknown {
  const refuse = (wanted: string, hint?: string): never => {
    const shown = flag.sensitive === true ? 'the value given' : `"${String(found?.value)}"`;
    throw new CodedError(
      'usage.bad_value',
      `${found?.from}: ${shown} is not ${wanted}`,
      hint === undefined ? {} : { hint },
    );
  };
  switch (flag.kind) {
    case 'text': {
      if (found === undefined) return flag.fallback;
      if (typeof found.value !== 'string') return refuse('text');
      if (flag.choices !== undefined && !flag.choices.includes(found.value)) {
        const near = nearest(found.value, flag.choices);
        return refuse(`one of ${flag.choices.join(', ')}`, near === undefined ? undefined : `did you mean ${near}?`);
      }
      return found.value;
    }
    case 'integer': {
      if (found === undefined) return flag.fallback;
      const text = String(found.value).trim();
      const number = Number(text);
      if (!/^-?\d+$/.test(text) || number < flag.min || number > flag.max)
        return refuse(`a whole number from ${flag.min} to ${flag.max}`);
      return number;
    }
    case 'duration': {
      const ms = parseDuration(String(found?.value ?? flag.fallback));
      return ms ?? refuse('a length of time', 'write it as 30s, 5m or 1h30m');
    }
    case 'switch': {
      if (found === undefined) return flag.fallback;
      if (found.value === true || found.value === false) return found.value;
      const text = String(found.value).toLowerCase();
      if (['true', 'yes', '1', 'on'].includes(text)) return true;
      if (['false', 'no', '0', 'off'].includes(text)) return false;
      return refuse('true or false');
    }
    case 'list': {
      if (found === undefined) return [];
      if (Array.isArray(found.value)) return found.value.map(String);
      // In a configuration file: var = { region = "eu" }
      if (typeof found.value === 'object' && found.value !== null && flag.placeholder === 'name=value') {
        return Object.entries(found.value).map(([name, value]) => `${name}=${escapeAt(asText(value))}`);
      }
      return String(found.value)
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    }
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A value that begins with @ would be taken for the name of a file. */
const escapeAt = (value: string): string => (value.startsWith('@') ? `@${value}` : value);

/** Variables of the environment that look like settings and are none: most likely a slip. One warning each. */
export function unknownEnvironment(flags: Flags, environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.keys(flags).map(environmentName);
  return Object.keys(environment)
    .filter(
      (name) =>
        name.startsWith('PIKOCI_') &&
        !/^PIKOCI_(VAR_|TEST_|COOKIE$|WORKER_|URL$|TOKEN$|TEAM$)/.test(name) &&
        !known.includes(name),
    )
    .flatMap((name) => {
      const near = nearest(name, known);
      return near === undefined ? [] : [`${name} is set, which is not a setting; did you mean ${near}?`];
    });
}
