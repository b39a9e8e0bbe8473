/** Routes about jobs, and about builds by their numbers. */
import { z } from 'zod';
import * as api from './api.ts';
import * as builds from './builds.ts';
import * as choices from './choices.ts';
import { explainView } from './reasons.ts';
import { JOB, json, made, PIPELINE, page, type RouteTable } from './route.ts';

export const jobRoutes = {
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
} as const satisfies RouteTable;
