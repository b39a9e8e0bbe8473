/** Asks a secret type for one secret: its `get` command prints one JSON object on its last line, which nobody else sees. */
import { LASTING_EXIT } from '../../builtins/builtin-command.ts';
import { secretAnswer } from '../../builtins/secret-answer.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { canonicalJson, type Json } from '../../lib/json.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import type { PlanTypes, SecretType } from '../../pipeline/plan-types.ts';
import { valuesAsEnvironment } from '../engine/environment.ts';
import { Interrupt, withDeadline } from '../engine/interrupt.ts';
import { createTextTail } from '../output/text-tail.ts';
import { describeExit } from '../runners/describe-exit.ts';
import type { RunCommand } from '../runners/run-command.ts';
import type { Masks } from './masks.ts';
import type { AskForSecret } from './stored-secrets.ts';
import type { EvaluatedValues, SecretBinding, ValueReader } from './value-reader.ts';
import { wholeSecret } from './whole-secret.ts';

const LARGEST_ANSWER_BYTES = 1024 * 1024;
const TIMEOUT_MS = 60_000;

export interface SecretFetcher {
  fetch(name: string, binding: SecretBinding, reader: ValueReader): Promise<Json>;
}

export interface SecretFetching {
  readonly types: PlanTypes;
  readonly masks: Masks;
  readonly run: RunCommand;
  /** Gets what the command says on stderr. */
  readonly log: (bytes: Uint8Array) => Promise<void>;
  readonly step: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The worker's own, of which a type may see what it names (`passEnv`). */
  readonly workerEnvironment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** For secrets that the server keeps. */
  readonly storedSecret: AskForSecret;
  /** For tokens that say which build this is, by audience. */
  readonly idToken: AskForSecret;
  /** For the token that clones the repository of the build's event. */
  readonly cloneToken: AskForSecret;
}

/** One for each step: two variables of one secret then come from one answer, which matters where each answer makes new credentials. */
export function createSecretFetcher(context: SecretFetching): SecretFetcher {
  const answers = new Map<string, Promise<Readonly<Record<string, Json>>>>();
  const stored = new Map<string, Promise<string>>();
  /** As the server keeps them. */
  const wholeTexts = new WeakMap<object, string>();

  async function fetch(name: string, binding: SecretBinding, reader: ValueReader): Promise<Json> {
    const type = context.types.secrets[binding.type];
    if (type === undefined) {
      throw new CodedError(
        'secret.unknown_type',
        `the variable ${name} names the secret type ${binding.type}, which the plan does not have`,
      );
    }
    const params = await reader.readAll(binding.params);
    const key = plainText(params.key?.value ?? null);
    const what = describe(name, binding.type, plainText(params.path?.value ?? null), key);
    const asked = type.params.includes('key')
      ? params
      : Object.fromEntries(Object.entries(params).filter(([param]) => param !== 'key'));
    const question = canonicalJson([
      binding.type,
      Object.fromEntries(Object.entries(asked).map(([param, { value }]) => [param, value])),
    ]);
    const answer = answers.get(question) ?? ask(what, type.name, { ...asked }, reader);
    answers.set(question, answer);
    const object = await answer;
    if (key === undefined) return wholeSecret(object, binding.valueType, wholeTexts.get(object));
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    if (value !== undefined && value !== null) return value;
    throw new CodedError(
      'secret.key_not_found',
      `${what}: the secret is there, but it has no key ${JSON.stringify(key)}`,
      {
        hint: `it has: ${Object.keys(object).sort().join(', ') || 'no keys at all'}`,
      },
    );
  }

  async function ask(
    what: string,
    typeName: string,
    params: EvaluatedValues,
    reader: ValueReader,
  ): Promise<Readonly<Record<string, Json>>> {
    const type = context.types.secrets[typeName];
    if (type === undefined) throw new Error(`no secret type ${typeName}`);
    if (type.get === undefined) return await askServer(what, type.server, params);
    const config = await reader.readAll(type.config);
    const out: Uint8Array[] = [];
    let size = 0;
    const complaints = createTextTail(2_048);
    using limited = withDeadline(context.signal, TIMEOUT_MS, () => new Interrupt('timed_out'));
    const end = await context.run({
      step: context.step,
      command: type.get,
      builtin: type.builtin,
      reader,
      environment: {
        ...context.environment,
        ...passedOn(type.passEnv ?? [], context.workerEnvironment),
        ...(type.builtin && { PIKOCI_STARTED_IN: process.cwd() }),
        ...valuesAsEnvironment('param_', config),
        ...valuesAsEnvironment('param_', params),
      },
      signal: limited.signal,
      separate: true,
      async output(bytes, stream) {
        if (stream === 'stderr') {
          complaints.push(bytes);
          await context.log(bytes);
          return;
        }
        size += bytes.byteLength;
        if (size <= LARGEST_ANSWER_BYTES) out.push(bytes.slice());
      },
    });
    if (context.signal.aborted) throw context.signal.reason;
    if (end.interrupt !== undefined) {
      throw new CodedError('secret.timeout', `${what}: no answer within ${TIMEOUT_MS / 1_000} s`, {
        hint: 'is the secret store reachable from the worker?',
      });
    }
    if (end.exit.code !== 0) {
      const last = context.masks.text(complaints.oneLine());
      const isLasting = type.builtin && end.exit.code === LASTING_EXIT;
      throw new CodedError(
        isLasting ? 'secret.key_not_found' : 'secret.fetch_failed',
        `${what}: its get command ${describeExit(end.exit)}${last === '' ? '' : `: ${last}`}`,
        {
          hint: 'see the log of this step for what the secret store answered',
        },
      );
    }
    if (size > LARGEST_ANSWER_BYTES) {
      throw new CodedError(
        'secret.too_large',
        `${what}: its get command printed more than ${LARGEST_ANSWER_BYTES} bytes`,
      );
    }
    const object = lastLineObject(Buffer.concat(out).toString('utf8'));
    if (object === undefined) {
      throw new CodedError('secret.bad_answer', `${what}: the last line its get command printed is not a JSON object`, {
        hint: 'a secret type prints {"key": "value"} on its last line; what it printed is not shown, since it may be secret',
      });
    }
    context.masks.add(object);
    return object;
  }

  /** One question for each secret, so that its keys come from one value of it. */
  async function askServer(
    what: string,
    server: SecretType['server'],
    params: EvaluatedValues,
  ): Promise<Readonly<Record<string, Json>>> {
    const isToken = server === 'id_token';
    const name = plainText((isToken ? params.aud : params.path)?.value ?? null) ?? '';
    const key = plainText(params.key?.value ?? null);
    const question = `${server} ${name}`;
    const ask = isToken ? context.idToken : server === 'clone_token' ? context.cloneToken : context.storedSecret;
    const answer = stored.get(question) ?? ask(name, context.signal);
    stored.set(question, answer);
    try {
      const text = await answer;
      const object = key === undefined ? objectOfText(text) : fieldOfText(text, key, name);
      context.masks.add(object);
      if (key === undefined) {
        context.masks.add(text);
        wholeTexts.set(object, text);
      }
      return object;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      throw new CodedError(error.code, `${what}: ${error.message}`, {
        ...(error.hint !== undefined && { hint: error.hint }),
        cause: error,
      });
    }
  }

  return { fetch };
}

/** As a file of the same text would give it: an object has its fields, a list its elements, and anything else is a text. */
function objectOfText(text: string): Readonly<Record<string, Json>> {
  const fields = jsonObject(text);
  if (fields !== undefined) return fields;
  const list = text.trimStart().startsWith('[') ? parsedJson(text) : undefined;
  return { value: Array.isArray(list) ? list : text };
}

function fieldOfText(text: string, key: string, name: string): Readonly<Record<string, Json>> {
  const fields = jsonObject(text);
  if (fields !== undefined) return jsonObject(secretAnswer(fields, key, `the secret ${name}`)) ?? {};
  throw new CodedError(
    'secret.no_fields',
    `the secret ${name} is no JSON object, so it has no key ${JSON.stringify(key)}`,
    {
      hint: 'leave out key to get the whole of it, or set it to a JSON object',
    },
  );
}

function passedOn(
  names: readonly string[],
  from: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
}

/** The JSON object on the last line that is not empty; undefined when there is none. */
export function lastLineObject(text: string): Readonly<Record<string, Json>> | undefined {
  return jsonObject(text.trimEnd().split('\n').at(-1) ?? '');
}

function jsonObject(text: string): Readonly<Record<string, Json>> | undefined {
  return text.trimStart().startsWith('{') ? parsedJson(text) : undefined;
}

function parsedJson(text: string) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function describe(name: string, type: string, path: string | undefined, key: string | undefined): string {
  const parts = [
    `secret type ${type}`,
    path === undefined ? '' : `path ${path}`,
    key === undefined ? '' : `key ${key}`,
  ];
  return `cannot get the variable ${name} (${parts.filter(Boolean).join(', ')})`;
}
