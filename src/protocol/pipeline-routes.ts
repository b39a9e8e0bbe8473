/** Routes about pipelines and their revisions. */
import { z } from 'zod';
import * as api from './api.ts';
import * as choices from './choices.ts';
import { graphView } from './graph.ts';
import * as revisions from './revisions.ts';
import { count, json, PIPELINE, page, type RouteTable } from './route.ts';

const REVISION = `${PIPELINE}/revisions/{revision}` as const;

export const pipelineRoutes = {
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
  exposePipeline: {
    method: 'post',
    path: `${PIPELINE}/expose`,
    tag: 'pipelines',
    summary: 'Let everybody look at it, its builds and their logs',
    body: choices.reasonRequest,
    answer: json(api.pipelineDetail),
  },
  hidePipeline: {
    method: 'post',
    path: `${PIPELINE}/hide`,
    tag: 'pipelines',
    summary: 'Show it to its team alone',
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
} as const satisfies RouteTable;
