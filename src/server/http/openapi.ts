/**
 * The OpenAPI 3.1 document of the API, made from protocol/routes.ts. Its schemas are JSON Schema 2020-12, which is what Zod writes: so
 * recursive ones (any JSON) come out right, and nothing has to be described twice.
 */
import { z } from 'zod';
import { problem } from '../../protocol/api.ts';
import type { RouteDefinition } from '../../protocol/route.ts';
import { API_BASE, type RouteName, routes } from '../../protocol/routes.ts';
import { ROUTE_ROLES } from '../auth/route-roles.ts';

type JsonObject = Record<string, unknown>;

export function openApiDocument(version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [name, route] of Object.entries(routes) as [RouteName, RouteDefinition][]) {
    const path = API_BASE + route.path;
    paths[path] = { ...paths[path], [route.method]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'pikoci',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Lists are paged: give `next` back as `after`. Whatever changes something takes an `Idempotency-Key`. Refusals are problem+json with a permanent `code`.',
    },
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token that begins with `pko_`.' },
        session: { type: 'apiKey', in: 'cookie', name: 'pikoci_…', description: 'Set by a one-time link.' },
      },
      responses: {
        problem: {
          description: 'Refused or failed; `code` says why, permanently.',
          content: { 'application/problem+json': { schema: schemaOf(problem, 'output') } },
        },
      },
    },
  };
}

function operation(name: RouteName, route: RouteDefinition): JsonObject {
  return {
    operationId: name,
    summary: route.summary,
    description: `Needs the role \`${ROUTE_ROLES[name]}\`.`,
    tags: [route.tag],
    parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...headerParameters(route)],
    ...(route.body !== undefined && {
      requestBody: {
        required: !route.body.safeParse(undefined).success,
        content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
      },
    }),
    responses: { ...success(route), default: { $ref: '#/components/responses/problem' } },
  };
}

function success(route: RouteDefinition): JsonObject {
  const { answer } = route;
  switch (answer.kind) {
    case 'json':
      return {
        [answer.status ?? 200]: {
          description: route.summary,
          content: { 'application/json': { schema: schemaOf(answer.schema, 'output') } },
        },
      };
    case 'events':
      return {
        200: {
          description: 'Server-sent events; `data` of each is JSON of this shape.',
          content: { 'text/event-stream': { schema: schemaOf(answer.schema, 'output') } },
        },
      };
    case 'bytes':
      return { 200: { description: route.summary, content: { [answer.contentType]: {} } } };
    case 'none':
      return { 204: { description: 'Done.' } };
  }
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject | undefined): JsonObject[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'output' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters(route: RouteDefinition): JsonObject[] {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  if (route.answer.kind === 'events') return [header('Last-Event-ID', 'Goes on behind this message.')];
  if (route.method === 'get') {
    return route.etag === true ? [header('If-None-Match', 'Answered with 304 when this is what is there.')] : [];
  }
  return [
    header('Idempotency-Key', 'Done once for the same key, within ten minutes.'),
    ...(route.etag === true
      ? [
          header('If-Match', 'The ETag of what the change was made from. Another one there is 412, none given is 428.'),
          header('If-None-Match', '`*`: there must be none yet.'),
        ]
      : []),
  ];
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
