/** Routes about builds by their ids, their logs and their tests. */
import { z } from 'zod';
import * as builds from './builds.ts';
import * as choices from './choices.ts';
import * as gates from './gates.ts';
import { attempt, count, events, JOB, json, made, page, type RouteTable } from './route.ts';
import * as tests from './tests.ts';

export const buildRoutes = {
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
  releaseBuild: {
    method: 'post',
    path: '/builds/{build}/release',
    tag: 'builds',
    summary: 'Answer for a build of a fork, which is held until then',
    body: choices.reasonRequest,
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
    query: z.object({
      after: z.string().max(50).optional(),
      /** For one who cannot read as fast as is printed: all of it, later, or only the newest, with `log_skipped` before it. */
      behind: z.enum(['all', 'tail']).optional(),
    }),
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
} as const satisfies RouteTable;
