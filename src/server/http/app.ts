/**
 * The HTTP side: binds a handler to every route of protocol/routes.ts. For each request, in order: size limit, who asks, role, parameters
 * and body parsed, handler, answer. Nothing here knows what a route does.
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { assertNever } from '../../lib/assert-never.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import { WELL_KNOWN } from '../../protocol/id-token.ts';
import type { RouteDefinition } from '../../protocol/route.ts';
import { API_BASE, type RouteName, routes } from '../../protocol/routes.ts';
import type { Role } from '../../store/identity-store.ts';
import type { Audit } from '../auth/audit.ts';
import type { Authentication } from '../auth/authenticate.ts';
import {
  type Asker,
  haveSameRights,
  type Principal,
  requireServerAdmin,
  type Subject,
  signInFirst,
} from '../auth/principal.ts';
import { ROUTE_ROLES, type RouteNeeds } from '../auth/route-roles.ts';
import { bindHermes, type HermesParts } from '../hermes/hermes.ts';
import type { IdTokens } from '../identity/id-tokens.ts';
import { RESOURCE_WEBHOOKS, type ResourceWebhooks } from '../resources/webhooks.ts';
import type { SignInPages } from '../sign-in/pages.ts';
import { isStorageFailure } from '../storage-health.ts';
import type { Webhooks } from '../webhooks/receive.ts';
import type { Handlers, StreamItem, Tagged } from './call.ts';
import { type Condition, readCondition } from './conditions.ts';
import { DOCS_STYLE_HASH, docsPage } from './docs-page.ts';
import { eventStreamResponse } from './event-stream.ts';
import { type IdempotencyKeys, MAX_KEY_LENGTH } from './idempotency.ts';
import { messagePage } from './message-page.ts';
import { openApiDocument } from './openapi.ts';
import { problemOf, problemResponse } from './problems.ts';

/** What whoever listens knows about a request. */
export interface RequestOrigin {
  readonly remoteAddress?: string | undefined;
}

export type App = Hono<{ Bindings: RequestOrigin }>;
type AppContext = Context<{ Bindings: RequestOrigin }>;

export interface AppParts {
  readonly handlers: Handlers;
  readonly authentication: Authentication;
  readonly webhooks: Webhooks;
  readonly resourceWebhooks: Pick<ResourceWebhooks, 'receive'>;
  readonly hermes: HermesParts;
  readonly audit: Audit;
  readonly signInPages: SignInPages;
  readonly idempotency: IdempotencyKeys;
  /** What others need to check the tokens of builds. */
  readonly identity: Pick<IdTokens, 'configuration' | 'keys'>;
  readonly logger: Logger;
  readonly version: string;
  readonly maxBodyBytes: number;
  readonly maxStreams: number;
  /** How often it is looked whether the reader of a stream may still read it. */
  readonly rightsEveryMs?: number | undefined;
  /** Aborts to end all streams that are open now. */
  readonly streamsEnd: () => AbortSignal;
}

const RIGHTS_EVERY_MS = 15_000;

/** Routes that ask for a lot in a body, and change nothing. */
const ONLY_LOOKS: ReadonlySet<RouteName> = new Set(['planPipeline', 'planRestore']);

/** A route whose types were forgotten, so that all can be bound in one loop; what goes in was parsed by its schemas. */
interface LooseCall {
  readonly params: Record<string, string>;
  readonly query: unknown;
  readonly body: unknown;
  readonly principal: Asker;
  readonly condition: Condition;
  readonly range: string | undefined;
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}
type LooseHandler = (call: LooseCall) => Promise<unknown>;

export function createApp(parts: AppParts): App {
  const app: App = new Hono<{ Bindings: RequestOrigin }>();
  let references = 0;
  let streams = 0;

  app.onError((error, context) => {
    references += 1;
    const reference = `request ${references}`;
    const problem = problemOf(error, reference);
    // That the database's disk is full is said once for all who meet it; the asker is told all of it.
    if (problem.status >= 500 && !isStorageFailure(error)) {
      const stack = error instanceof CodedError ? undefined : error.stack;
      parts.logger.error(`${reference}: ${context.req.method} ${context.req.path}: ${errorText(error)}`, { stack });
    }
    return isOpenedByPerson(context) ? messagePage(problem, '/sign-in') : problemResponse(problem);
  });
  app.notFound((context) => {
    const error = new CodedError('api.not_found', `there is nothing at ${context.req.path}`, {
      hint: 'GET /api/docs lists what there is',
    });
    return problemResponse(problemOf(error, ''));
  });

  app.get('/auth/once', (context) => parts.authentication.signInOnce(context, addressOf(context)));
  app.post('/auth/password', bodyLimit({ maxSize: 8_192, onError: tooLarge(8_192) }), (context) =>
    parts.authentication.signInByPassword(context, addressOf(context)),
  );
  app.post(`${RESOURCE_WEBHOOKS}/:token`, (context) =>
    parts.resourceWebhooks.receive(context.req.param('token'), addressOf(context)),
  );
  app.post('/webhooks/:id', (context) =>
    parts.webhooks.receive([context.req.param('id')], context.req.raw, addressOf(context)),
  );
  parts.signInPages.bind(app);
  bindHermes(app, parts.hermes);
  app.get(WELL_KNOWN.configuration, (context) => context.json(parts.identity.configuration()));
  app.get(WELL_KNOWN.keys, async (context) => context.json(await parts.identity.keys()));
  app.get('/api/openapi.json', (context) => context.json(openApiDocument(parts.version)));
  app.get('/api/docs', (context) =>
    context.html(docsPage(parts.version), 200, {
      'content-security-policy': `default-src 'none'; style-src '${DOCS_STYLE_HASH}'`,
    }),
  );

  app.use(
    `${API_BASE}/*`,
    bodyLimit({
      maxSize: parts.maxBodyBytes,
      onError: tooLarge(parts.maxBodyBytes),
    }),
  );
  for (const name of Object.keys(routes) as RouteName[]) bind(name);
  return app;

  function bind(name: RouteName): void {
    const route: RouteDefinition = routes[name];
    const handler = parts.handlers[name] as unknown as LooseHandler;
    app.on(route.method, honoPath(API_BASE + route.path), async (context) => {
      const principal = await parts.authentication.identify(context, addressOf(context));
      let subject: Subject | undefined;
      const asker: Asker = {
        ...principal,
        needs: needsOf(principal, ROUTE_ROLES[name]),
        about: (found) => {
          subject = found;
        },
      };
      const closed = new AbortController();
      const call: LooseCall = {
        params: context.req.param() as Record<string, string>,
        query: parse(route.query, context.req.query(), 'query'),
        body: route.body === undefined ? undefined : parse(route.body, await bodyOf(context, route.body), 'body'),
        principal: asker,
        condition: route.etag === true ? conditionOf(context) : { kind: 'none' },
        range: context.req.header('range'),
        lastEventId: context.req.header('last-event-id'),
        signal: AbortSignal.any([context.req.raw.signal, closed.signal]),
      };
      const changes = route.method !== 'get';
      // A stream is read once.
      const key = changes && route.answer.kind !== 'bytes' ? idempotencyKey(context) : undefined;
      const scope = `${principal.kind} ${principal.userId ?? ''} ${context.req.method} ${context.req.path}`;
      const answer = await parts.idempotency.once(scope, key, async () => {
        const done = await handler(call);
        if (changes && !ONLY_LOOKS.has(name)) {
          const entry = { by: principal, address: addressOf(context), action: name, reason: reasonIn(call.body) };
          await parts.audit.done({ ...entry, subject });
        }
        return done;
      });
      switch (route.answer.kind) {
        case 'json': {
          const status = route.answer.status ?? 200;
          if (route.etag !== true) return context.json(answer as object, status, { 'cache-control': 'no-store' });
          const { etag, value } = answer as Tagged<object>;
          if (!changes && alreadyHas(call.condition, etag)) return context.body(null, 304, { etag });
          return context.json(value, status, { 'cache-control': 'no-store', etag });
        }
        case 'none':
          if (name === 'endSession') await parts.authentication.signOut(context, principal);
          return context.body(null, 204);
        case 'bytes':
          return unlessHead(context, answer as Response);
        case 'events':
          countStream();
          watchRights(context, principal, closed);
          return unlessHead(
            context,
            eventStreamResponse(answer as AsyncIterable<StreamItem<unknown>>, {
              leave: parts.streamsEnd(),
              onClose: () => {
                streams -= 1;
                closed.abort();
              },
              onError: (error) => {
                if (!isStorageFailure(error)) parts.logger.error(`${name}: ${errorText(error)}`);
              },
            }),
          );
        default:
          return assertNever(route.answer);
      }
    });
  }

  /** Ends a stream when whoever opened it could not open it any more, or would see something else. */
  function watchRights(context: AppContext, opened: Principal, closed: AbortController): void {
    const timer = setInterval(() => {
      parts.authentication.identify(context, addressOf(context)).then(
        (now) => {
          if (!haveSameRights(opened, now)) closed.abort();
        },
        (error: unknown) => {
          // A database that is away takes nobody's rights.
          if (error instanceof CodedError && error.code.startsWith('auth.')) closed.abort();
        },
      );
    }, parts.rightsEveryMs ?? RIGHTS_EVERY_MS);
    closed.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  function countStream(): void {
    if (streams >= parts.maxStreams) {
      throw new CodedError('api.too_many_streams', `${streams} readers are connected, which is as many as may be`, {
        hint: 'try again later, or close pages that are not looked at',
      });
    }
    streams += 1;
  }
}

/** By following a link, not by a page's script. */
function isOpenedByPerson({ req }: AppContext): boolean {
  return req.method === 'GET' && req.path.startsWith('/auth/') && /\btext\/html\b/.test(req.header('accept') ?? '');
}

/** The role that counts in the team of what is asked for. Throws where that does not matter. */
function needsOf(principal: Principal, needs: RouteNeeds): Role {
  switch (needs) {
    case 'server':
      requireServerAdmin(principal);
      return 'admin';
    case 'user':
      if (principal.kind === 'anonymous') throw signInFirst();
      return 'public';
    default:
      // Whoever has it nowhere has it nowhere here; and nobody reads a body for a stranger.
      if (needs !== 'public' && principal.kind === 'anonymous') throw signInFirst();
      return needs;
  }
}

/** Why, as whoever asked says it. */
function reasonIn(body: unknown): string | undefined {
  const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
  return typeof reason === 'string' && reason !== '' ? reason : undefined;
}

function tooLarge(bytes: number): () => never {
  return () => {
    throw new CodedError('api.too_large', `a request may have ${bytes} bytes at most`);
  };
}

/** A body that is not sent is closed here: nobody else would, and what it holds would stay held. */
async function unlessHead(context: AppContext, response: Response): Promise<Response> {
  if (context.req.method !== 'HEAD') return response;
  await response.body?.cancel();
  return new Response(null, response);
}

function addressOf(context: AppContext): string {
  return context.env?.remoteAddress ?? 'unknown';
}

function conditionOf(context: AppContext): Condition {
  return readCondition(context.req.header('if-match'), context.req.header('if-none-match'));
}

/** The asker has read this before. */
function alreadyHas(condition: Condition, etag: string): boolean {
  return condition.kind === 'not' && condition.etags.includes(etag);
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function idempotencyKey(context: AppContext): string | undefined {
  const key = context.req.header('idempotency-key');
  if (key === undefined || key.length <= MAX_KEY_LENGTH) return key;
  throw new CodedError('api.bad_request', `an Idempotency-Key may have ${MAX_KEY_LENGTH} characters at most`);
}

/** `undefined` where a body may be left out, and was. */
async function bodyOf(context: AppContext, schema: z.ZodType): Promise<unknown> {
  if (schema.safeParse(undefined).success && (await context.req.text()) === '') return undefined;
  return jsonBody(context);
}

async function jsonBody(context: AppContext): Promise<unknown> {
  const type = context.req.header('content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new CodedError('api.bad_request', `the body must be JSON, and its content-type is ${type || 'missing'}`, {
      hint: 'send content-type: application/json',
    });
  }
  try {
    return await context.req.json();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('api.bad_request', `the body is not JSON: ${errorText(error)}`);
  }
}

function parse(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return {};
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? what : `${what}.${issue.path.join('.')}`;
  throw new CodedError('api.bad_request', `${where}: ${issue?.message ?? 'not as expected'}`, {
    hint: 'GET /api/docs says what is expected',
  });
}
