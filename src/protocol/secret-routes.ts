/** Routes about secrets. */
import { z } from 'zod';
import { json, PIPELINE, type RouteTable } from './route.ts';
import * as secrets from './secrets.ts';

const TEAM_SECRETS = '/teams/{team}/secrets';
const PIPELINE_SECRETS = `${PIPELINE}/secrets` as const;

export const secretRoutes = {
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
} as const satisfies RouteTable;
