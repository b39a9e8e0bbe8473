/**
 * The API, typed: `client.call('getBuild', { params: { build: id } })`. Names, parameters and answers are those of protocol/routes.ts. Runs
 * in a browser (the session's cookie travels by itself) and in the command line (a bearer token).
 *
 * Fails with `ApiError` for what the server refused, and CodedError `client.unreachable`, `client.not_pikoci`, `client.bad_answer` (the server speaks
 * another version of the API) for what came before that.
 */
import type { z } from 'zod';
import { CodedError, errorText } from '../lib/coded-error.ts';
import type { RouteDefinition } from '../protocol/route.ts';
import {
  API_BASE,
  type RouteBody,
  type RouteName,
  type RouteOfKind,
  type RouteOutput,
  type RouteParams,
  type RouteQuery,
  routes,
} from '../protocol/routes.ts';
import { readProblem } from './api-error.ts';
import { readEventStream } from './event-stream.ts';

export interface ClientOptions {
  /** `http://127.0.0.1:8080`; empty in a browser: the page's own origin. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`. Without one, a browser's session is used. */
  readonly token?: string | undefined;
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

type Part<Key extends string, Value> =
  Record<never, never> extends Value
    ? { readonly [K in Key]?: Value }
    : undefined extends Value
      ? { readonly [K in Key]?: Value }
      : { readonly [K in Key]: Value };

/** What a call of one route needs. A part that is empty, or whose fields are all optional, may be left out. */
export type CallInput<Name extends RouteName> = Part<'params', RouteParams<Name>> &
  Part<'query', RouteQuery<Name>> &
  Part<'body', RouteBody<Name>> & {
    readonly signal?: AbortSignal | undefined;
    /** Of a change: only if what is there has this ETag, or with `absent` if there is nothing. Else it fails with `store.stale_revision`. */
    readonly onlyIf?: string | undefined;
    /** Of bytes: only this range of them, `bytes=10-`. */
    readonly range?: string | undefined;
  };

type CallArguments<Name extends RouteName> =
  Record<never, never> extends CallInput<Name> ? [input?: CallInput<Name>] : [input: CallInput<Name>];

export interface StreamMessage<T> {
  /** Give it back as `after` to go on behind this message. */
  readonly id: string | undefined;
  readonly message: T;
}

export interface StreamOptions {
  /** Goes on behind the message that had this id. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told when the connection broke (it is made again by itself) and when it stands. */
  readonly onState?: ((state: 'connected' | 'reconnecting') => void) | undefined;
}

export interface Client {
  call<Name extends RouteOfKind<'json' | 'none'>>(
    name: Name,
    ...input: CallArguments<Name>
  ): Promise<RouteOutput<Name>>;
  /** The answer's body and headers, unread. */
  bytes<Name extends RouteOfKind<'bytes'>>(name: Name, ...input: CallArguments<Name>): Promise<Response>;
  /**
   * Messages of a stream. When the connection breaks it is made again, with back-off, behind the last message seen. Ends when `signal` aborts,
   * and for a build after its `end` message; throws only for what a new try cannot mend (refused, not found).
   */
  stream<Name extends RouteOfKind<'events'>>(
    name: Name,
    input: CallInput<Name>,
    options?: StreamOptions,
  ): AsyncGenerator<StreamMessage<RouteOutput<Name>>>;
}

const BACK_OFF_MS = [100, 250, 500, 1_000, 2_000, 5_000] as const;

interface LooseInput {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly onlyIf?: string | undefined;
  readonly range?: string | undefined;
}

export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const base = options.baseUrl.replace(/\/+$/, '');
  let csrf: Promise<string | undefined> | undefined;

  /** The session's CSRF token, asked for once, at the first call that changes something. */
  function csrfToken(): Promise<string | undefined> {
    csrf ??= call('session').then((session) => session.csrf);
    csrf.catch(() => {
      csrf = undefined;
    });
    return csrf;
  }

  async function request(name: RouteName, input: LooseInput, headers: Record<string, string>): Promise<Response> {
    const route: RouteDefinition = routes[name];
    if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
    else if (route.method !== 'get') {
      const token = await csrfToken();
      if (token !== undefined) headers['pikoci-csrf'] = token;
    }
    if (input.range !== undefined) headers.range = input.range;
    if (input.onlyIf === 'absent') headers['if-none-match'] = '*';
    else if (input.onlyIf !== undefined) headers['if-match'] = input.onlyIf;
    const init: RequestInit = { method: route.method.toUpperCase(), headers, signal: input.signal ?? null };
    if (input.body !== undefined) {
      headers['content-type'] = 'application/json';
      init.body = JSON.stringify(input.body);
    }
    const url = `${base || globalThis.location?.origin}${API_BASE}${pathOf(route.path, input.params ?? {})}${queryOf(input.query)}`;
    let response: Response;
    try {
      response = await send(new Request(url, init));
    } catch (error) {
      if (input.signal?.aborted) throw error;
      throw new CodedError('client.unreachable', `no answer from ${base || 'the server'}: ${whyUnreachable(error)}`, {
        hint: 'is the server running, and is the address right? Give another one with --url',
        cause: error,
      });
    }
    if (response.ok) return response;
    const problem = await readProblem(response);
    if (problem.code === 'auth.csrf') csrf = undefined;
    throw problem;
  }

  async function call<Name extends RouteOfKind<'json' | 'none'>>(
    name: Name,
    ...[input]: CallArguments<Name>
  ): Promise<RouteOutput<Name>> {
    const response = await request(name, input ?? {}, { accept: 'application/json' });
    const { answer }: RouteDefinition = routes[name];
    if (answer.kind !== 'json') {
      await response.body?.cancel();
      return undefined as RouteOutput<Name>;
    }
    return parseAnswer(answer.schema, await response.text(), name) as RouteOutput<Name>;
  }

  async function* stream<Name extends RouteOfKind<'events'>>(
    name: Name,
    input: CallInput<Name>,
    streamOptions: StreamOptions = {},
  ): AsyncGenerator<StreamMessage<RouteOutput<Name>>> {
    const schema: z.ZodType = routes[name].answer.schema;
    const { signal } = streamOptions;
    let last = streamOptions.after;
    let failures = 0;
    while (!signal?.aborted) {
      try {
        const headers: Record<string, string> = { accept: 'text/event-stream' };
        if (last !== undefined) headers['last-event-id'] = last;
        const response = await request(name, { ...input, signal }, headers);
        if (response.body === null) return;
        streamOptions.onState?.('connected');
        for await (const event of readEventStream(response.body)) {
          failures = 0;
          last = event.id ?? last;
          const message = parseAnswer(schema, event.data, name) as RouteOutput<Name>;
          yield { id: event.id, message };
          if (isEnd(message)) return;
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (!isPassing(error)) throw error;
      }
      streamOptions.onState?.('reconnecting');
      await pause(BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 5_000, signal);
      failures += 1;
    }
  }

  return {
    call,
    stream,
    bytes: (name, ...[input]) => request(name, input ?? {}, {}),
  };
}

/** Whether trying again may help: the connection broke, or the server is restarting. A refusal or a bug of ours stays what it is. */
function isPassing(error: unknown): boolean {
  if (error instanceof CodedError) {
    return error.code === 'client.unreachable' || ('status' in error && Number(error.status) >= 502);
  }
  return error instanceof TypeError || (error instanceof Error && 'code' in error);
}

function isEnd(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'event' in message && message.event === 'end';
}

function parseAnswer(schema: z.ZodType, text: string, name: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CodedError('client.bad_answer', `the answer to ${name} is not JSON`, {
      hint: 'is the address that of a pikoci server?',
      cause: error,
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CodedError(
    'client.bad_answer',
    `the answer to ${name} is not as expected at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`,
    { hint: 'server and client may be of different versions', cause: parsed.error },
  );
}

/** What the runtime's own words, which ask back, mean. */
const WHY: Readonly<Record<string, string>> = {
  ConnectionRefused: 'nothing listens there (connection refused)',
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'there is no such host',
  ECONNRESET: 'the connection was broken off',
  ETIMEDOUT: 'it does not answer in time',
};

function whyUnreachable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WHY[code] ?? errorText(error);
}

const THINGS: Readonly<Record<string, string>> = { address: 'resource' };

/** Throws `usage.bad_value` for a name that no escaping keeps from being another path: a URL has no such segments. */
function pathOf(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    if (value !== '' && value !== '.' && value !== '..') return encodeURIComponent(value);
    throw new CodedError('usage.bad_value', `${JSON.stringify(value)} cannot be the name of a ${THINGS[name] ?? name}`);
  });
}

function queryOf(query: unknown): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done, { once: true });
  });
}
