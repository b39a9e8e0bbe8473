/** The API of a whole server as tests call it: by a route's name, or as somebody does who sends what he likes. */
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
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
import type { TestServer } from './test-server.fixture.ts';

type Headers = Readonly<Record<string, string>>;

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Body;
}

export interface ApiCalls {
  /** A request as it is written here, and whatever comes back. */
  send(method: string, path: string, body?: unknown, headers?: Headers): Promise<Response>;
  /** The same, for answers in JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer>;
  /** Fails unless the answer is a success of exactly the shape that the route promises: nothing less and nothing more. */
  call<Name extends RouteOfKind<'json'>>(
    name: Name,
    params: RouteParams<Name>,
    ...more: CallMore<Name>
  ): Promise<RouteOutput<Name>>;
  /** The same, with what else the answer has. */
  answer<Name extends RouteOfKind<'json'>>(
    name: Name,
    params: RouteParams<Name>,
    ...more: CallMore<Name>
  ): Promise<Answer<RouteOutput<Name>>>;
}

interface LooseMore {
  readonly query?: unknown;
  readonly body?: unknown;
  readonly headers?: Headers;
}

/** A body only has to be there where the route cannot do without. */
type CallMore<Name extends RouteName> =
  undefined extends RouteBody<Name>
    ? [more?: LooseMore & { readonly query?: RouteQuery<Name>; readonly body?: RouteBody<Name> }]
    : [more: LooseMore & { readonly query?: RouteQuery<Name>; readonly body: RouteBody<Name> }];

/** `who`: the headers by which the server knows who asks; else its administrator. */
export function apiOf(
  world: Pick<TestServer, 'fetch' | 'token'>,
  who: Headers = { authorization: `Bearer ${world.token}` },
): ApiCalls {
  const send: ApiCalls['send'] = (method, path, body, headers) =>
    world.fetch(
      new Request(`http://ci.test${API_BASE}${path}`, {
        method,
        headers: { ...who, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );

  const ask: ApiCalls['ask'] = async (...request) => {
    const response = await send(...request);
    const text = await response.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, etag: response.headers.get('etag'), body };
  };

  async function answer<Name extends RouteOfKind<'json'>>(
    name: Name,
    params: RouteParams<Name>,
    ...[more]: CallMore<Name>
  ): Promise<Answer<RouteOutput<Name>>> {
    const { query, body, headers }: LooseMore = more ?? {};
    const route: RouteDefinition = routes[name];
    const path = pathOf(route.path, params) + queryOf(query ?? {});
    const given = await ask(route.method.toUpperCase(), path, body, headers);
    if (route.answer.kind !== 'json' || given.status !== route.answer.status) {
      throw new Error(`${name} was answered with ${given.status}: ${JSON.stringify(given.body)}`);
    }
    return { ...given, body: exactly(route.answer.schema, given.body, name) as RouteOutput<Name> };
  }

  return { send, ask, answer, call: async (...call) => (await answer(...call)).body };
}

function exactly(schema: z.ZodType, body: unknown, name: string): unknown {
  const parsed = schema.parse(body);
  if (!isDeepStrictEqual(parsed, body)) throw new Error(`${name} answers more than it says: ${JSON.stringify(body)}`);
  return parsed;
}

const pathOf = (path: string, params: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

function queryOf(query: object): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return search.size === 0 ? '' : `?${search}`;
}

/** A pipeline of one file, whose text names it among those the test server was started with. */
export const bundleOf = (text: string, variables: Readonly<Record<string, string>> = {}) => ({
  bundle: { main: 'p.hcl', files: { 'p.hcl': text } },
  variables,
});
