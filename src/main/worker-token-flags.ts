import type { Flags } from './flags.ts';

/** What `pikoci worker-token` can be told. */
export const workerTokenFlags = {
  jwtSecret: {
    kind: 'text',
    sensitive: true,
    placeholder: 'secret',
    doc: "the servers' --jwt-secret; by default the one that a server keeps in its data directory on this machine",
  },
  dataDir: { kind: 'text', placeholder: 'directory', doc: "that server's --data-dir" },
  team: { kind: 'text', placeholder: 'name', doc: 'the only team whose builds its workers get; by default of all' },
  tags: { kind: 'list', placeholder: 'tag', doc: 'the only tags that its workers may have; by default any' },
  expires: { kind: 'duration', fallback: '365d', doc: 'how long it is good for' },
} as const satisfies Flags;
