import { CodedError } from '../lib/coded-error.ts';
import type { WorkKind } from '../protocol/messages.ts';
import { BROKER_SYSTEMS, brokerFlags } from './brokers.ts';
import type { Flags } from './flags.ts';

/** What `pikoci worker` can be told. */
export const workerFlags = {
  pubsubSystem: {
    kind: 'text',
    fallback: 'http',
    choices: ['http', ...BROKER_SYSTEMS],
    placeholder: 'system',
    doc: 'how the servers are reached: http is their own port, any other is a broker',
  },
  ...brokerFlags,
  pikociUrl: {
    kind: 'text',
    env: ['PIKOCI_URL'],
    placeholder: 'url',
    doc: 'the server: https://…, http://… or unix:/path, several of one database with commas between; with a broker artifacts and caches go there, and need not go over it',
  },
  maxSizeOverQueue: {
    kind: 'integer',
    fallback: 256,
    min: 0,
    max: 1_048_576,
    doc: 'how large an artifact or a cache may be that goes over the broker, in MiB; with --pikoci-url none does',
  },
  workerToken: {
    kind: 'text',
    sensitive: true,
    placeholder: 'token',
    doc: 'what pikoci worker-token printed; on a command line others on this machine can read it, in a file or the environment they cannot',
  },
  workerTokenFile: { kind: 'text', placeholder: 'file', doc: 'a file that holds the token' },
  name: { kind: 'text', env: ['PIKOCI_WORKER_NAME'], placeholder: 'name', doc: "its name; by default the machine's" },
  tags: {
    kind: 'list',
    env: ['PIKOCI_WORKER_TAGS'],
    placeholder: 'tag',
    doc: 'jobs and steps that ask for these tags come here',
  },
  exclusive: {
    kind: 'switch',
    fallback: false,
    env: ['PIKOCI_WORKER_EXCLUSIVE'],
    doc: 'take only work that asks for one of its tags at least',
  },
  queues: {
    kind: 'list',
    env: ['PIKOCI_WORKER_QUEUES'],
    placeholder: 'queue',
    doc: 'what it takes: jobs, checks; by default both',
  },
  drainTimeout: {
    kind: 'duration',
    fallback: '0s',
    doc: 'how long what runs may take when it drains; then it is cancelled. 0s: as long as it takes',
  },
  concurrency: {
    kind: 'integer',
    fallback: 0,
    min: 0,
    max: 1_024,
    doc: 'builds at a time; 0 is one for each processor, at least 2',
  },
  cleanupTimeout: {
    kind: 'duration',
    fallback: '5m',
    doc: 'how long hooks and service stops of a cancelled build may take; then they are ended, too',
  },
  dataDir: { kind: 'text', placeholder: 'directory', doc: 'where work, caches and the journal are kept' },
  passEnv: { kind: 'list', placeholder: 'name', doc: 'variables of the environment that commands of a build see' },
  supervised: { kind: 'switch', fallback: false, doc: 'leave when standard input ends (how a server starts its own)' },
  orphanAfter: {
    kind: 'duration',
    fallback: '60s',
    doc: 'how long a supervised worker waits for its server to come back',
  },
  logLevel: {
    kind: 'text',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    placeholder: 'level',
    doc: 'how much it says',
  },
} as const satisfies Flags;

const QUEUES: Readonly<Record<string, WorkKind>> = { jobs: 'build', checks: 'check' };

/** What `--queues`, `--exclusive` and `--tags` come to. Throws `usage.bad_value`. */
export function whatItTakes(settings: {
  readonly queues: readonly string[];
  readonly exclusive: boolean;
  readonly tags: readonly string[];
}): { readonly kinds: readonly WorkKind[]; readonly exclusive: boolean } {
  const { queues, exclusive, tags } = settings;
  if (exclusive && tags.length === 0) {
    throw new CodedError('usage.bad_value', '--exclusive without a tag: this worker would take nothing', {
      hint: 'give it --tags, or leave --exclusive out',
    });
  }
  const kinds = queues.map((queue) => {
    const kind = QUEUES[queue];
    if (kind !== undefined) return kind;
    throw new CodedError('usage.bad_value', `--queues: there is no "${queue}"`, {
      hint: 'write jobs, checks, or both',
    });
  });
  return { kinds: kinds.length === 0 ? ['build', 'check'] : [...new Set(kinds)], exclusive };
}
