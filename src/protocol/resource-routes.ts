/** Routes about resources, their versions and their checks. */
import { z } from 'zod';
import * as api from './api.ts';
import * as choices from './choices.ts';
import { json, made, PIPELINE, page, type RouteTable } from './route.ts';

const RESOURCE = `${PIPELINE}/resources/{address}` as const;

export const resourceRoutes = {
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
  getResourceWebhook: {
    method: 'get',
    path: `${RESOURCE}/webhook`,
    tag: 'resources',
    summary: 'Whether there is an address at which the resource is checked, and when it was called; not the address',
    answer: json(api.resourceWebhook),
  },
  makeResourceWebhook: {
    method: 'post',
    path: `${RESOURCE}/webhook`,
    tag: 'resources',
    summary: 'An address at which the resource is checked, told once; one that was there is good no more',
    answer: made(api.madeWebhook),
  },
  removeResourceWebhook: {
    method: 'delete',
    path: `${RESOURCE}/webhook`,
    tag: 'resources',
    summary: 'Take that address away',
    answer: { kind: 'none' },
  },
  getCheck: {
    method: 'get',
    path: '/checks/{check}',
    tag: 'resources',
    summary: 'How a check is going',
    answer: json(api.checkView),
  },
} as const satisfies RouteTable;
