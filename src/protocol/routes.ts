/**
 * Every route of the HTTP API, once: its method, path, what goes in and what comes out. The server binds a handler and a role to each
 * name, the client calls by name, and the OpenAPI document is made from it; so none of the three can drift from the others.
 *
 * Paths are relative to `API_BASE`. A `{name}` in a path is one URI-encoded segment.
 */
import { z } from 'zod';
import * as api from './api.ts';
import { artifactRoutes } from './artifacts.ts';
import { buildRoutes } from './build-routes.ts';
import { exportRoutes } from './export-route.ts';
import { jobRoutes } from './job-routes.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { repositoryRoutes } from './repository-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { retentionView } from './retention.ts';
import { events, json, type RouteAnswer, type RouteTable } from './route.ts';
import { secretRoutes } from './secret-routes.ts';
import { serverView } from './servers.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { streamsMessage } from './streams.ts';
import { userRoutes } from './user-routes.ts';
import { workerRoutes } from './worker-routes.ts';

export const API_BASE = '/api/v1';

export const routes = {
  info: { method: 'get', path: '/info', tag: 'server', summary: 'What this server is', answer: json(api.serverInfo) },
  session: { method: 'get', path: '/session', tag: 'server', summary: 'Who you are', answer: json(api.sessionView) },
  endSession: { method: 'delete', path: '/session', tag: 'server', summary: 'Log out', answer: { kind: 'none' } },
  feed: {
    method: 'get',
    path: '/feed',
    tag: 'server',
    summary: 'Names of things as they change; resumes with Last-Event-ID',
    answer: events(api.feedMessage),
  },
  streams: {
    method: 'get',
    path: '/streams',
    tag: 'server',
    summary: 'Several event streams over one connection: of=feed@17,builds/ID/events@1.4 with the id to go on behind',
    query: z.object({ of: z.string().min(1).max(12_000) }),
    answer: events(streamsMessage),
  },
  retention: {
    method: 'get',
    path: '/retention',
    tag: 'server',
    summary: 'What is kept of builds, and what would be deleted now; nothing is',
    query: z.object({ team: z.string().optional(), pipeline: z.string().optional() }),
    answer: json(retentionView),
  },
  ...exportRoutes,
  listServers: {
    method: 'get',
    path: '/servers',
    tag: 'server',
    summary: 'Servers that share the database',
    answer: json(z.array(serverView)),
  },
  listTeams: { method: 'get', path: '/teams', tag: 'server', summary: 'Teams', answer: json(z.array(api.team)) },

  ...pipelineRoutes,
  ...jobRoutes,
  ...resourceRoutes,
  ...buildRoutes,
  ...artifactRoutes,
  ...secretRoutes,
  ...userRoutes,
  ...signInRoutes,
  ...workerRoutes,
  ...repositoryRoutes,
} as const satisfies RouteTable;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

type SegmentNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | SegmentNames<Rest>
  : never;
export type RouteParams<Name extends RouteName> = { readonly [Key in SegmentNames<Routes[Name]['path']>]: string };
export type RouteQuery<Name extends RouteName> = Routes[Name] extends { readonly query: infer Query extends z.ZodType }
  ? z.output<Query>
  : Record<never, never>;
export type RouteBody<Name extends RouteName> = Routes[Name] extends { readonly body: infer Body extends z.ZodType }
  ? z.output<Body>
  : undefined;
/** Shape of a JSON answer, or of one message of a stream. */
export type RouteOutput<Name extends RouteName> = Routes[Name]['answer'] extends {
  readonly schema: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;
/** Routes whose answer has an ETag. */
export type TaggedRoute = {
  [Name in RouteName]: Routes[Name] extends { readonly etag: true } ? Name : never;
}[RouteName];
export type RouteOfKind<Kind extends RouteAnswer['kind']> = {
  [Name in RouteName]: Routes[Name]['answer']['kind'] extends Kind ? Name : never;
}[RouteName];
