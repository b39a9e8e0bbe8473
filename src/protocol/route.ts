/** What a route is, and what the tables of routes share. */
import { z } from 'zod';

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
  readonly tag:
    | 'server'
    | 'pipelines'
    | 'jobs'
    | 'builds'
    | 'resources'
    | 'secrets'
    | 'workers'
    | 'users'
    | 'repositories';
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: RouteAnswer;
  /** The answer has an ETag. A request that reads may send `If-None-Match`, one that changes what is there must say by `If-Match` what it was made from. */
  readonly etag?: true;
}

export type RouteTable = Readonly<Record<string, RouteDefinition>>;

export const json = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', schema, status: 200 }) as const;
export const made = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'json', schema, status: 201 }) as const;
export const events = <Schema extends z.ZodType>(schema: Schema) => ({ kind: 'events', schema }) as const;

export const page = {
  /** The `next` of the page before; absent for the first. */
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
};
export const attempt = z.coerce.number().int().min(1).optional();
export const count = z.coerce.number().int().min(0).optional();

export const PIPELINE = '/teams/{team}/pipelines/{pipeline}';
export const JOB = `${PIPELINE}/jobs/{job}` as const;
