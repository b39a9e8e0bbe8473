import { z } from 'zod';

export const exportRequest = z.object({
  /** The server's own keys go along, sealed with this: who imports it needs to know nothing else. */
  passphrase: z.string().min(1).max(1_000).optional(),
});

/** Its part of the table of routes. */
export const exportRoutes = {
  exportAll: {
    method: 'post',
    path: '/export',
    tag: 'server',
    summary: 'Everything the server keeps, as one file for pikoci import-data',
    body: exportRequest,
    answer: { kind: 'bytes', contentType: 'application/gzip' },
  },
} as const;
