import { blobFlags } from './blob-flags.ts';
import { BROKER_SYSTEMS, brokerFlags } from './brokers.ts';
import { databaseFlags } from './database-flags.ts';
import type { Flags } from './flags.ts';
import { providerFlags } from './provider-flags.ts';

/** What `pikoci server` can be told. */
export const serverFlags = {
  pipelineConfig: { kind: 'list', placeholder: 'file', doc: 'a pipeline to set at the start' },
  pipelineName: { kind: 'text', placeholder: 'name', doc: "its name; by default the file's" },
  team: { kind: 'text', fallback: 'main', placeholder: 'name', doc: 'the team it belongs to' },
  var: { kind: 'list', placeholder: 'name=value', doc: 'a variable of the pipeline; name=@file reads it from a file' },
  vars: { kind: 'list', placeholder: 'file', doc: 'variables from a JSON, YAML or HCL file' },
  ...databaseFlags,
  runMigrations: {
    kind: 'switch',
    fallback: true,
    doc: 'bring the tables of an earlier version up to date at the start; without it such a database is refused',
  },
  pubsubSystem: {
    kind: 'text',
    choices: ['mem', 'http', ...BROKER_SYSTEMS],
    placeholder: 'system',
    doc: 'how workers are reached: mem is the one of --run-worker alone, http opens the queue on --port for those of other machines, any other is a broker; by default mem, and http with a database that several servers may share',
  },
  ...brokerFlags,
  ...blobFlags,
  runWorker: { kind: 'switch', fallback: true, doc: 'run a worker beside the server' },
  cleanupTimeout: {
    kind: 'duration',
    fallback: '5m',
    doc: 'how long hooks and service stops of a cancelled build may take; then they are ended, too',
  },
  concurrency: {
    kind: 'integer',
    fallback: 0,
    min: 0,
    max: 1_024,
    doc: 'builds at a time on that worker; 0 is one for each processor, at least 2',
  },
  workerTags: { kind: 'list', placeholder: 'tag', doc: 'tags of that worker' },
  workerExclusive: {
    kind: 'switch',
    fallback: false,
    doc: 'that worker takes only work that asks for one of its tags',
  },
  workerQueues: { kind: 'list', placeholder: 'queue', doc: 'what that worker takes: jobs, checks; by default both' },
  passEnv: { kind: 'list', placeholder: 'name', doc: 'variables of the environment that commands of a build see' },
  port: {
    kind: 'integer',
    fallback: 8080,
    min: 0,
    max: 65_535,
    env: ['PORT'],
    doc: 'where the server listens; 0 is any free one',
  },
  host: { kind: 'text', fallback: '127.0.0.1', placeholder: 'address', doc: 'on which address' },
  externalUrl: { kind: 'text', placeholder: 'url', doc: 'how others reach it, for links' },
  corsOrigin: {
    kind: 'list',
    placeholder: 'origin',
    doc: 'a page elsewhere (https://hermes.example.com) that may ask for jobs at /github/ID and /jobs/ID',
  },
  takeover: {
    kind: 'switch',
    fallback: false,
    doc: 'take over from the server that uses the data directory, without a request that fails; where none does, start as ever',
  },
  drain: { kind: 'switch', fallback: false, doc: 'let SIGTERM do what SIGQUIT does: finish the builds of its worker' },
  drainDelay: {
    kind: 'duration',
    fallback: '0s',
    doc: 'how long to go on serving after SIGQUIT while /readyz says no, so that a balancer sends requests elsewhere',
  },
  drainTimeout: {
    kind: 'duration',
    fallback: '0s',
    doc: 'how long builds may take to finish after SIGQUIT, before they are cancelled; 0s is as long as they take',
  },
  dataDir: {
    kind: 'text',
    placeholder: 'directory',
    doc: 'where files are kept; by default $XDG_STATE_HOME/pikoci, and for mem a temporary one',
  },
  jwtSecret: {
    kind: 'text',
    sensitive: true,
    placeholder: 'secret',
    doc: 'what tokens are signed with; by default made once and kept in the data directory',
  },
  secretKey: {
    kind: 'text',
    sensitive: true,
    placeholder: 'secret',
    doc: 'what secrets are encrypted with; by default made once and kept in the data directory',
  },
  users: {
    kind: 'text',
    placeholder: 'file',
    doc: 'users to make or to bring up to date at each start, in HCL, JSON or YAML; see docs/users.md',
  },
  providers: {
    kind: 'text',
    placeholder: 'file',
    doc: 'other places where users sign in, to be set at each start, in HCL, JSON or YAML; see docs/sign-in.md',
  },
  ...providerFlags,
  adminPasswordFile: {
    kind: 'text',
    placeholder: 'file',
    doc: 'a file with the password of the user admin that a first start makes; without it, a one-time link signs in',
  },
  secretKeyFile: { kind: 'text', placeholder: 'file', doc: 'a file that holds that key' },
  replaceSecretKey: {
    kind: 'switch',
    fallback: false,
    doc: 'take this key although the database was written with another, which is lost: secrets have to be set again',
  },
  lease: { kind: 'duration', fallback: '30s', doc: 'how long a worker may be silent before its builds go to another' },
  errorRetries: {
    kind: 'integer',
    fallback: 2,
    min: 0,
    max: 20,
    doc: 'how often a build that errored is tried again on its own',
  },
  retainBuilds: {
    kind: 'integer',
    fallback: 0,
    min: 0,
    max: 1_000_000,
    doc: 'how many builds of a job are kept, where it does not say; 0 is all',
  },
  retainDays: {
    kind: 'integer',
    fallback: 0,
    min: 0,
    max: 36_500,
    doc: 'for how many days builds are kept, where a job does not say; 0 is for ever',
  },
  retainLogsDays: {
    kind: 'integer',
    fallback: 0,
    min: 0,
    max: 36_500,
    doc: 'for how many days logs are kept; 0 is as long as their builds',
  },
  defaultCheckInterval: { kind: 'duration', fallback: '1m', doc: 'how often a resource is checked that does not say' },
  allowPrivateSources: { kind: 'switch', fallback: false, doc: 'let `source` name addresses of this network' },
  registryUrl: {
    kind: 'text',
    placeholder: 'url',
    doc: 'where pikoci://NAME is looked for when it is not built in',
  },
  logLevel: {
    kind: 'text',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    placeholder: 'level',
    doc: 'how much the server says',
  },
  config: { kind: 'text', placeholder: 'file', doc: 'a file with any of these, in HCL or JSON' },
} as const satisfies Flags;
