/**
 * Requests to the API of a forge: to the origin that is in the settings and to none other, redirects included, with limits for time and size, and with answers
 * that are parsed. That origin is the administrator's word, so it may be a private address; whatever a forge names in its answers may not lead elsewhere.
 */
import type { z } from 'zod';
import { CodedError, errorText } from '../lib/coded-error.ts';
import { createGuardedFetch, type GuardedRequest } from '../lib/system/guarded-fetch.ts';
import type { ForgeAddress } from './forge.ts';

interface ForgeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind the API's address, with its query. */
  readonly path: string;
  readonly token: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface ForgeHttp {
  /** Throws the CodedErrors of forge.ts. */
  send<T>(request: ForgeRequest, schema: z.ZodType<T>): Promise<T>;
  /** `undefined` where there is no such thing (404). */
  find<T>(request: ForgeRequest, schema: z.ZodType<T>): Promise<T | undefined>;
}

/** What differs between forges. */
export interface ForgeManners {
  /** Headers that say who asks, and in which form answers are wanted. */
  headers(token: string): Readonly<Record<string, string>>;
  /** Why a request was refused, where the answer's headers say more than its status. */
  refusal?(response: Response, message: string): CodedError | undefined;
}

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;
const MOST_REDIRECTS = 3;

export function createForgeHttp({ name, apiUrl }: ForgeAddress, manners: ForgeManners): ForgeHttp {
  const base = apiUrl.replace(/\/+$/, '');
  const { origin } = new URL(base);

  const fetch = createGuardedFetch({ named: () => [origin], timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });

  async function ask({ method = 'GET', path, token, body, signal }: ForgeRequest): Promise<Response> {
    const request = {
      ...{ method, signal },
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...manners.headers(token) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    let address = new URL(base + path);
    for (let redirects = 0; ; redirects++) {
      const response = await reach(address, request);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      const next = URL.canParse(location, address) ? new URL(location, address) : undefined;
      // A repository that was renamed is answered for by its new name.
      if (next?.origin === origin && redirects < MOST_REDIRECTS) {
        address = next;
        continue;
      }
      throw new CodedError('forge.bad_answer', `${name} redirects to ${next?.origin ?? 'no address'}`, {
        hint: `is ${base} the address of its API? an administrator can change it`,
      });
    }
  }

  async function reach(address: URL, request: GuardedRequest): Promise<Response> {
    try {
      return await fetch(address, request);
    } catch (error) {
      throw new CodedError('forge.unreachable', `${name} does not answer at ${origin}: ${errorText(error)}`, {
        cause: error,
        hint: 'is it up, and does this server reach it?',
      });
    }
  }

  async function read<T>(response: Response, { method = 'GET', path }: ForgeRequest, schema: z.ZodType<T>) {
    const text = await response.text();
    if (!response.ok) throw refusalOf(name, response, messageIn(text), manners);
    const parsed = schema.safeParse(text === '' ? undefined : jsonOf(text));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue === undefined ? '' : `: ${issue.path.join('.')}: ${issue.message}`;
    throw new CodedError('forge.bad_answer', `${name} answered ${method} ${path} with something else${where}`, {
      hint: `is ${base} the address of its API?`,
    });
  }

  return {
    send: async (request, schema) => read(await ask(request), request, schema),
    async find(request, schema) {
      const response = await ask(request);
      return response.status === 404 ? undefined : read(response, request, schema);
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the forge itself says, in one line. */
function messageIn(text: string): string {
  const value = jsonOf(text);
  if (typeof value !== 'object' || value === null) return '';
  const said = 'message' in value ? value.message : 'error' in value ? value.error : '';
  const message = typeof said === 'string' ? said : JSON.stringify(said);
  const details = 'errors' in value && Array.isArray(value.errors) ? value.errors.map(detailIn).filter(Boolean) : [];
  return [message, ...details].join('; ').slice(0, 500);
}

function detailIn(error: unknown): string {
  if (typeof error === 'string') return error;
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}

function refusalOf(name: string, response: Response, message: string, manners: ForgeManners): CodedError {
  const said = `${name} answered ${response.status}${message === '' ? '' : `: ${message}`}`;
  const special = manners.refusal?.(response, said);
  if (special !== undefined) return special;
  switch (response.status) {
    case 401:
      return new CodedError('forge.signed_out', `${said}: the sign-in at ${name} is good no more`, {
        hint: `sign in with ${name} again`,
      });
    case 403:
      return new CodedError('forge.no_right', said, { hint: 'an administrator of the repository can do it' });
    case 404:
      return new CodedError('forge.not_found', said, {
        hint: 'was it deleted or renamed, or may this account not see it?',
      });
    case 429:
      return new CodedError('forge.rate_limited', said, { hint: 'it is tried again later' });
    default:
      return response.status >= 500
        ? new CodedError('forge.failed', said, { hint: 'that is trouble on its side; try again later' })
        : new CodedError('forge.refused', said);
  }
}
