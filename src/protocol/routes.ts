/**
 * Every route of the HTTP API, once: its method, path, what goes in and what comes out. The server binds a handler and a role to each
 * name, the client calls by name, and the OpenAPI document is made from it; so none of the three can drift from the others.
 *
 * Paths are relative to `API_BASE`. A `{name}` in a path is one URI-encoded segment.
 */
import { z } from 'zod';
import * as api from './api.ts';
import { artifactRoutes } from './artifacts.ts';
import * as builds from './builds.ts';
import * as choices from './choices.ts';
import * as gates from './gates.ts';
import { graphView } from './graph.ts';
import { explainView } from './reasons.ts';
import { retentionView } from './retention.ts';
import * as revisions from './revisions.ts';
import * as secrets from './secrets.ts';
import { streamsMessage } from './streams.ts';
import * as tests from './tests.ts';

export const API_BASE = '/api/v1';

export type HttpMethod = 'get' | 'put' | 'post' | 'delete';

/** What a route answers when it succeeds: JSON of one shape, a stream of server-sent events, bytes of a log, or nothing. */
export type RouteAnswer =
  | { readonly kind: 'json'; readonly schema: z.ZodType; readonly status?: 200 | 201 }
  | { readonly kind: 'events'; readonly schema: z.ZodType }
  | { readonly kind: 'bytes'; readonly contentType: string }
  | { readonly kind: 'none' };

export interface RouteDefinition {
  readonly method: HttpMethod;
  readonly path: string;
  readonly summary: string;
  readonly tag: 'server' | 'pipelines' | 'jobs' | 'builds' | 'resources' | 'secrets' | 'workers';
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: RouteAnswer;
  /** The answer has an ETag. A request that reads may send `If-None-Match`, one that changes what is there must say by `If-Match` what it was made from. */
  readonly etag?: true;
}

const json = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', schema, status: 200 }) as const;
const made = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', schema, status: 201 }) as const;
const events = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'events', schema }) as const;

const page = {
  /** The `next` of the page before; absent for the first. */
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
};
const attempt = z.coerce.number().int().min(1).optional();
const count = z.coerce.number().int().min(0).optional();

const PIPELINE = '/teams/{team}/pipelines/{pipeline}';
const JOB = `${PIPELINE}/jobs/{job}` as const;
const RESOURCE = `${PIPELINE}/resources/{address}` as const;
const REVISION = `${PIPELINE}/revisions/{revision}` as const;
const TEAM_SECRETS = '/teams/{team}/secrets';
const PIPELINE_SECRETS = `${PIPELINE}/secrets` as const;

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
  listTeams: { method: 'get', path: '/teams', tag: 'server', summary: 'Teams', answer: json(z.array(api.team)) },

  listPipelines: {
    method: 'get',
    path: '/pipelines',
    tag: 'pipelines',
    summary: 'Pipelines, of one team or of all',
    query: z.object({ team: z.string().optional() }),
    answer: json(z.array(api.pipelineSummary)),
  },
  setPipeline: {
    method: 'put',
    path: PIPELINE,
    tag: 'pipelines',
    summary: 'Make a pipeline, or give it a new revision',
    body: api.setPipelineRequest,
    answer: json(api.setPipelineResult),
    etag: true,
  },
  getPipeline: {
    method: 'get',
    path: PIPELINE,
    tag: 'pipelines',
    summary: 'A pipeline with its jobs and resources',
    answer: json(api.pipelineDetail),
  },
  deletePipeline: {
    method: 'delete',
    path: PIPELINE,
    tag: 'pipelines',
    summary: 'Delete a pipeline with its builds and logs',
    answer: { kind: 'none' },
  },
  pausePipeline: {
    method: 'post',
    path: `${PIPELINE}/pause`,
    tag: 'pipelines',
    summary: 'Start no new builds and checks',
    body: choices.reasonRequest,
    answer: json(api.pipelineDetail),
  },
  unpausePipeline: {
    method: 'post',
    path: `${PIPELINE}/unpause`,
    tag: 'pipelines',
    summary: 'Go on after a pause',
    body: choices.reasonRequest,
    answer: json(api.pipelineDetail),
  },
  pipelineGraph: {
    method: 'get',
    path: `${PIPELINE}/graph`,
    tag: 'pipelines',
    summary: 'The graph, laid out',
    answer: json(graphView),
  },
  pipelineConfig: {
    method: 'get',
    path: `${PIPELINE}/config`,
    tag: 'pipelines',
    summary: 'The text of the revision in force',
    answer: json(revisions.pipelineConfig),
    etag: true,
  },
  planPipeline: {
    method: 'post',
    path: `${PIPELINE}/plan`,
    tag: 'pipelines',
    summary: 'What setting this would create, change and delete; nothing is done',
    body: revisions.planRequest,
    answer: json(revisions.pipelinePlan),
  },
  listRevisions: {
    method: 'get',
    path: `${PIPELINE}/revisions`,
    tag: 'pipelines',
    summary: 'Revisions, newest first, each with what it changed in short',
    query: z.object(page),
    answer: json(revisions.revisionPage),
  },
  getRevision: {
    method: 'get',
    path: REVISION,
    tag: 'pipelines',
    summary: 'The text of a revision',
    answer: json(revisions.pipelineConfig),
    etag: true,
  },
  diffRevisions: {
    method: 'get',
    path: `${REVISION}/diff`,
    tag: 'pipelines',
    summary: 'What a revision changed, against the one before or another',
    query: z.object({ from: count }),
    answer: json(revisions.revisionDiff),
  },
  planRestore: {
    method: 'post',
    path: `${REVISION}/plan`,
    tag: 'pipelines',
    summary: 'What restoring a revision would create, change and delete; nothing is done',
    answer: json(revisions.pipelinePlan),
  },
  restoreRevision: {
    method: 'post',
    path: `${REVISION}/restore`,
    tag: 'pipelines',
    summary: 'Make a new revision from the text and the variables of an earlier one',
    body: revisions.restoreRequest,
    answer: json(api.setPipelineResult),
    etag: true,
  },

  listJobs: {
    method: 'get',
    path: `${PIPELINE}/jobs`,
    tag: 'jobs',
    summary: 'Jobs in the order of the text',
    answer: json(z.array(api.jobView)),
  },
  getJob: { method: 'get', path: JOB, tag: 'jobs', summary: 'A job', answer: json(api.jobView) },
  explainJob: {
    method: 'get',
    path: `${JOB}/explain`,
    tag: 'jobs',
    summary: 'Why a job does not run, or what it waits for, and the way out',
    answer: json(explainView),
  },
  explainPipeline: {
    method: 'get',
    path: `${PIPELINE}/explain`,
    tag: 'jobs',
    summary: 'The same of every job of a pipeline',
    answer: json(z.array(explainView)),
  },
  triggerJob: {
    method: 'post',
    path: `${JOB}/trigger`,
    tag: 'jobs',
    summary: 'Start a build now, with the newest versions or those you choose',
    body: choices.triggerRequest,
    answer: made(builds.buildView),
  },
  pauseJob: {
    method: 'post',
    path: `${JOB}/pause`,
    tag: 'jobs',
    summary: 'Start no new builds of a job',
    body: choices.reasonRequest,
    answer: json(api.jobView),
  },
  unpauseJob: {
    method: 'post',
    path: `${JOB}/unpause`,
    tag: 'jobs',
    summary: 'Go on after a pause',
    body: choices.reasonRequest,
    answer: json(api.jobView),
  },
  listJobBuilds: {
    method: 'get',
    path: `${JOB}/builds`,
    tag: 'builds',
    summary: 'Builds of a job, newest first',
    query: z.object(page),
    answer: json(builds.buildPage),
  },
  getJobBuild: {
    method: 'get',
    path: `${JOB}/builds/{number}`,
    tag: 'builds',
    summary: 'A build by its number',
    answer: json(builds.buildDetailView),
  },

  listResources: {
    method: 'get',
    path: `${PIPELINE}/resources`,
    tag: 'resources',
    summary: 'Resources of a pipeline',
    answer: json(z.array(api.resourceView)),
  },
  getResource: {
    method: 'get',
    path: RESOURCE,
    tag: 'resources',
    summary: 'A resource',
    answer: json(api.resourceView),
  },
  listVersions: {
    method: 'get',
    path: `${RESOURCE}/versions`,
    tag: 'resources',
    summary: 'Versions, newest first',
    query: z.object(page),
    answer: json(api.versionPage),
  },
  checkResource: {
    method: 'post',
    path: `${RESOURCE}/check`,
    tag: 'resources',
    summary: 'Look for new versions now',
    answer: made(api.checkView),
  },
  pinVersion: {
    method: 'post',
    path: `${RESOURCE}/pin`,
    tag: 'resources',
    summary: 'Let every build get this version and no other',
    body: choices.versionRequest,
    answer: json(api.resourceView),
  },
  unpinVersion: {
    method: 'post',
    path: `${RESOURCE}/unpin`,
    tag: 'resources',
    summary: 'Take the newest again',
    body: choices.reasonRequest,
    answer: json(api.resourceView),
  },
  disableVersion: {
    method: 'post',
    path: `${RESOURCE}/disable`,
    tag: 'resources',
    summary: 'Let no build get this version',
    body: choices.versionRequest,
    answer: json(api.versionView),
  },
  enableVersion: {
    method: 'post',
    path: `${RESOURCE}/enable`,
    tag: 'resources',
    summary: 'Let builds get this version again',
    body: choices.versionRequest,
    answer: json(api.versionView),
  },
  getCheck: {
    method: 'get',
    path: '/checks/{check}',
    tag: 'resources',
    summary: 'How a check is going',
    answer: json(api.checkView),
  },

  listBuilds: {
    method: 'get',
    path: '/builds',
    tag: 'builds',
    summary: 'Builds, newest first',
    query: z.object({
      ...page,
      team: z.string().optional(),
      pipeline: z.string().optional(),
      job: z.string().optional(),
    }),
    answer: json(builds.buildPage),
  },
  getBuild: {
    method: 'get',
    path: '/builds/{build}',
    tag: 'builds',
    summary: 'A build with its steps and attempts',
    answer: json(builds.buildDetailView),
  },
  cancelBuild: {
    method: 'post',
    path: '/builds/{build}/cancel',
    tag: 'builds',
    summary: 'Cancel a build',
    answer: json(builds.buildView),
  },
  retryBuild: {
    method: 'post',
    path: '/builds/{build}/retry',
    tag: 'builds',
    summary: 'The same again: same versions, same configuration, a new number',
    body: choices.reasonRequest,
    answer: made(builds.buildView),
  },
  approveBuild: {
    method: 'post',
    path: '/builds/{build}/approve',
    tag: 'builds',
    summary: 'Agree that a build which waits for approval begins',
    body: gates.voteRequest,
    answer: json(builds.buildView),
  },
  rejectBuild: {
    method: 'post',
    path: '/builds/{build}/reject',
    tag: 'builds',
    summary: 'End a build which waits for approval',
    body: gates.voteRequest,
    answer: json(builds.buildView),
  },
  watchBuild: {
    method: 'get',
    path: '/builds/{build}/events',
    tag: 'builds',
    summary: 'A build as it happens; resumes with Last-Event-ID',
    query: z.object({ after: z.string().max(50).optional() }),
    answer: events(builds.buildStreamMessage),
  },
  buildLog: {
    method: 'get',
    path: '/builds/{build}/log',
    tag: 'builds',
    summary: 'The log of a build, all steps in order or one, as it was written',
    query: z.object({ attempt, step: z.string().optional() }),
    answer: { kind: 'bytes', contentType: 'text/plain; charset=utf-8' },
  },
  stepLog: {
    method: 'get',
    path: '/builds/{build}/log/{step}',
    tag: 'builds',
    summary: 'A range of bytes of the log of a step',
    query: z.object({ attempt, offset: count, length: count }),
    answer: { kind: 'bytes', contentType: 'application/octet-stream' },
  },

  listTests: {
    method: 'get',
    path: '/builds/{build}/tests',
    tag: 'builds',
    summary: 'Tests that the steps of a build reported, with what is new and what is flaky',
    query: z.object({
      ...page,
      status: z.enum(['failed', 'passed', 'skipped']).optional(),
      order: z.enum(['reported', 'slowest']).optional(),
    }),
    answer: json(tests.testsView),
  },
  testHistory: {
    method: 'get',
    path: `${JOB}/tests/{test}`,
    tag: 'jobs',
    summary: 'How a test went in the newest builds of its job',
    query: z.object({ limit: page.limit }),
    answer: json(tests.testHistory),
  },
  ...artifactRoutes,

  listTeamSecrets: {
    method: 'get',
    path: TEAM_SECRETS,
    tag: 'secrets',
    summary: 'Secrets of a team: names, and who set them when',
    answer: json(z.array(secrets.secretView)),
  },
  setTeamSecret: {
    method: 'put',
    path: `${TEAM_SECRETS}/{secret}`,
    tag: 'secrets',
    summary: 'Keep a secret for all pipelines of a team, or give it another value',
    body: secrets.setSecretRequest,
    answer: json(secrets.setSecretResult),
  },
  deleteTeamSecret: {
    method: 'delete',
    path: `${TEAM_SECRETS}/{secret}`,
    tag: 'secrets',
    summary: 'Forget a secret of a team',
    answer: { kind: 'none' },
  },
  listPipelineSecrets: {
    method: 'get',
    path: PIPELINE_SECRETS,
    tag: 'secrets',
    summary: 'Secrets of a pipeline alone: names, and who set them when',
    answer: json(z.array(secrets.secretView)),
  },
  setPipelineSecret: {
    method: 'put',
    path: `${PIPELINE_SECRETS}/{secret}`,
    tag: 'secrets',
    summary: 'Keep a secret for one pipeline, which comes before that of its team, or give it another value',
    body: secrets.setSecretRequest,
    answer: json(secrets.setSecretResult),
  },
  deletePipelineSecret: {
    method: 'delete',
    path: `${PIPELINE_SECRETS}/{secret}`,
    tag: 'secrets',
    summary: 'Forget a secret of a pipeline',
    answer: { kind: 'none' },
  },

  listWorkers: {
    method: 'get',
    path: '/workers',
    tag: 'workers',
    summary: 'Workers and when they were last heard of',
    answer: json(z.array(api.workerView)),
  },
} as const satisfies Readonly<Record<string, RouteDefinition>>;

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
