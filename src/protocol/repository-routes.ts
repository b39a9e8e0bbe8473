/** Routes about repositories of forges, and about what their webhooks brought. */
import { z } from 'zod';
import * as api from './repositories.ts';
import { json, made, page, type RouteTable } from './route.ts';

const REPOSITORY = '/repositories/{repository}';
const DELIVERY = '/deliveries/{delivery}';

export const repositoryRoutes = {
  listRepositories: {
    method: 'get',
    path: '/repositories',
    tag: 'repositories',
    summary: 'Repositories that were activated',
    query: z.object({ team: z.string().max(255).optional() }),
    answer: json(z.array(api.repositoryView)),
  },
  offerRepositories: {
    method: 'get',
    path: '/session/repositories',
    tag: 'repositories',
    summary: 'Repositories that you may administer where you signed in, activated or not',
    query: z.object({
      provider: z.string().max(255).optional(),
      search: z.string().max(255).optional(),
      /** Asks the forges again, instead of what they said a moment ago. */
      fresh: z.enum(['true']).optional(),
      ...page,
    }),
    answer: json(api.offeredPage),
  },
  activateRepository: {
    method: 'post',
    path: '/repositories',
    tag: 'repositories',
    summary: 'Activate a repository: its webhook and its pipeline are made, or mended',
    body: api.activateRequest,
    answer: made(api.repositoryDone),
  },
  getRepository: {
    method: 'get',
    path: REPOSITORY,
    tag: 'repositories',
    summary: 'A repository',
    answer: json(api.repositoryView),
  },
  changeRepository: {
    method: 'put',
    path: REPOSITORY,
    tag: 'repositories',
    summary: 'Change what is built of a repository',
    body: api.changeRepositoryRequest,
    answer: json(api.repositoryView),
  },
  deactivateRepository: {
    method: 'delete',
    path: REPOSITORY,
    tag: 'repositories',
    summary: 'Deactivate a repository: its webhook and its pipelines, with their builds, are removed',
    answer: json(z.object({ notes: z.array(z.string()) })),
  },
  syncRepository: {
    method: 'post',
    path: `${REPOSITORY}/sync`,
    tag: 'repositories',
    summary: 'Look whether the webhook is there and right, and mend it',
    answer: json(api.repositoryDone),
  },
  listDeliveries: {
    method: 'get',
    path: `${REPOSITORY}/deliveries`,
    tag: 'repositories',
    summary: 'What the webhook brought, newest first, with what became of it',
    query: z.object(page),
    answer: json(api.deliveryPage),
  },
  getDelivery: {
    method: 'get',
    path: DELIVERY,
    tag: 'repositories',
    summary: 'A delivery, with what the forge sent',
    answer: json(api.deliveryDetail),
  },
  replayDelivery: {
    method: 'post',
    path: `${DELIVERY}/replay`,
    tag: 'repositories',
    summary: 'Do once more what a delivery asked for',
    answer: made(api.deliveryView),
  },
} as const satisfies RouteTable;
