/** A made-up company's pipelines, to look at pages without a server. Deterministic: the same at every start but for the clock. */
import type { GraphView } from '../../graph/graph-view.ts';
import { layoutPipeline } from '../../graph/layout.ts';
import type { PipelineShape } from '../../graph/pipeline-shape.ts';
import type { JobView, PipelineDetail, ResourceView, VersionView } from '../../protocol/api.ts';
import type { BuildDetailView, BuildView } from '../../protocol/builds.ts';
import type { ReasonView } from '../../protocol/reasons.ts';
import type { BuildStatus } from '../../protocol/status.ts';
import { SHAPES } from './mock-shapes.ts';
import { passingSteps, stepsOf } from './mock-steps.ts';

export const START = Date.now();
const NO_GPU: ReasonView = {
  kind: 'worker_tags',
  text: 'a worker: none has the tag gpu (build-1 has linux)',
  wayOut: 'start a worker with --tags gpu, or ask for other tags in the pipeline',
  command: 'pikoci worker --tags gpu',
  links: [],
};

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** Mulberry32, so that every start gives the same world. */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PEOPLE = ['Ada Obi', 'Jonas Lind', 'Mei Tanaka', 'Priya Nair', 'Tomás Ruiz'];
const MESSAGES = [
  'Keep the session when a token is renewed',
  'Refuse an empty list of recipients',
  'Say which file could not be read',
  'Upgrade the compiler to 5.9',
  'Drop the second index on orders',
  'Retry once when the mirror answers 503',
  'Show prices with the currency of the account',
  'Make the importer stop at the first bad row',
];

export function commit(seed: number): string {
  const next = random(seed);
  return Array.from({ length: 40 }, () => Math.floor(next() * 16).toString(16)).join('');
}

export const metadataOf = (seed: number): Record<string, string> => ({
  message: MESSAGES[seed % MESSAGES.length] ?? '',
  author: PEOPLE[seed % PEOPLE.length] ?? '',
  url: `https://git.example.com/shop/app/commit/${commit(seed)}`,
});

type Job = PipelineShape['jobs'][number];

const NAMES = [
  ['quickstart', 'quickstart'],
  ['shop', 'shop'],
  ['typed-lib', 'library'],
  ['monorepo', 'large'],
  ...[
    'accounts',
    'billing',
    'search',
    'mailer',
    'importer',
    'gateway',
    'docs-site',
    'mobile-api',
    'warehouse',
    'reports',
    'audit',
    'cdn-purge',
    'image-resizer',
    'legacy-erp',
    'metrics',
    'notifier',
    'onboarding',
    'payments',
    'queue-tools',
    'recommender',
    'sso',
    'tax-tables',
    'translations',
    'webhooks',
    'xml-feed',
    'zoning',
  ].map((name, i) => [name, i % 4 === 1 ? 'shop' : 'small'] as const),
] as const;

export interface World {
  readonly pipelines: PipelineDetail[];
  readonly builds: Map<string, BuildDetailView>;
  readonly versions: Map<string, VersionView[]>;
}

const LAST: Readonly<Record<string, BuildStatus>> = {
  'shop lint': 'succeeded',
  'shop unit': 'running',
  'shop integration': 'failed',
  'shop image': 'warning',
  'shop deploy-staging': 'succeeded',
  'shop e2e': 'errored',
  'billing unit': 'failed',
  'sso test': 'running',
  'accounts test': 'failed',
  'gateway deploy-production': 'waiting_for_approval',
  'importer unit': 'cancelled',
  'docs-site ship': 'pending',
};

const MANUAL_INPUTS: JobView['manualInputs'] = [
  { name: 'version', type: 'string', description: 'What to deploy', required: true, sensitive: false },
  {
    name: 'target',
    type: 'string',
    options: ['staging', 'production'],
    default: 'staging',
    required: false,
    sensitive: false,
  },
  { name: 'dry_run', type: 'bool', default: false, required: false, sensitive: false },
];

const APPROVAL: BuildView['approval'] = {
  seen: 'mock',
  gates: [
    {
      label: 'release',
      message: 'Has the release been announced?',
      needed: 2,
      open: true,
      until: START + 2 * HOUR,
      votes: [{ by: 'Mei Tanaka', vote: 'approved', reason: 'tested on staging', at: START - 9 * MINUTE }],
    },
  ],
};

export function makeWorld(): World {
  const world: World = { pipelines: [], builds: new Map(), versions: new Map() };
  for (const [index, [name, kind]] of NAMES.entries()) addPipeline(world, index, name, kind);
  return world;
}

function addPipeline(world: World, index: number, name: string, kind: string): void {
  const shape = SHAPES[kind]?.() ?? { resources: [], jobs: [] };
  const graph: GraphView = layoutPipeline(shape);
  const next = random(index + 7);
  const paused = name === 'legacy-erp';
  const fresh = name === 'xml-feed';
  const jobList = shape.jobs.map((one, at): JobView => {
    const count = fresh ? 0 : kind === 'large' ? 3 : 8 + Math.floor(next() * 17);
    const builds = Array.from({ length: count }, (_, i) =>
      makeBuild(world, { name, job: one, number: 120 - i, age: i, seed: index * 1_000 + at * 50 + i, newest: i === 0 }),
    );
    const isPaused = name === 'shop' && one.name === 'deploy-production';
    return {
      name: one.name,
      group: one.group,
      paused: isPaused,
      ...(isPaused ? { pausedBy: 'Priya Nair' } : {}),
      ...(isPaused
        ? {
            hold: {
              kind: 'paused',
              text: 'paused by Priya Nair',
              wayOut: 'Resume the job: the newest version that e2e has passed will then be taken.',
              action: { kind: 'unpause_job', job: one.name },
              links: [],
              since: START - 3 * HOUR,
            },
          }
        : one.name === 'image' && name === 'shop'
          ? {
              hold: {
                kind: 'upstream',
                text: 'waiting for integration to pass with shop 9d1f0c2',
                wayOut: 'Make integration pass, or retry it if it failed for a reason that is gone.',
                links: [{ job: 'integration', number: 119 }],
                since: START - 4 * MINUTE,
              },
            }
          : {}),
      disableManualTrigger: one.name === 'lint',
      inputs: one.inputs.map((input) => ({ ...input, passed: [...input.passed] })),
      outputs: [...one.outputs],
      manualInputs: one.name.startsWith('deploy') ? MANUAL_INPUTS : [],
      builds: builds.slice(0, 20),
    };
  });
  const ended = jobList.flatMap((one) => one.builds).filter((build) => build.endedAt !== null);
  const running = jobList.flatMap((one) => one.builds).filter((build) => build.status === 'running').length;
  const resources = shape.resources.map((one, at): ResourceView => {
    const versions = Array.from(
      { length: 30 },
      (_, i): VersionView => ({
        id: `${name} ${one.address} ${i}`,
        version:
          one.type === 'cron'
            ? { time: new Date(START - i * MINUTE).toISOString() }
            : { ref: commit(index * 100 + at * 10 + i) },
        metadata: one.type === 'cron' ? {} : metadataOf(index + i),
        disabled: i === 4,
        firstSeenAt: START - (i * 47 + 3) * MINUTE,
      }),
    );
    world.versions.set(`${name} ${one.address}`, versions);
    const broken = name === 'tax-tables' || (name === 'shop' && one.address === 'git.infra');
    return {
      address: one.address,
      type: one.type,
      name: one.name,
      schedule: 'every 1m',
      ...(one.address === 'registry-image.shop' && versions[3] ? { pinned: versions[3].version } : {}),
      ...(versions[0] ? { latest: versions[0].version, latestMetadata: versions[0].metadata } : {}),
      nextCheckAt: START + 40 * SECOND,
      lastCheckAt: START - 20 * SECOND,
      lastCheckStatus: broken ? 'errored' : 'succeeded',
      ...(broken
        ? {
            lastCheckProblem: {
              code: 'check.failed',
              message: 'git ended with exit code 128: could not read from remote repository',
              hint: 'is the token still valid? It was last accepted 2 days ago',
            },
          }
        : {}),
      lastCheckLog: broken
        ? "Cloning into bare repository '/cache/git'...\n\u001b[31mremote: HTTP Basic: Access denied\u001b[0m\nfatal: Authentication failed for 'https://git.example.com/shop/infra.git/'\n"
        : 'From https://git.example.com/shop/app\n * branch            main       -> FETCH_HEAD\n',
    };
  });
  const worst = (['failed', 'errored', 'warning', 'succeeded'] as const).find((status) =>
    jobList.some((one) => one.builds.find((build) => build.endedAt !== null)?.status === status),
  );
  world.pipelines.push({
    team: index > 20 ? 'platform' : 'main',
    name,
    revision: 1 + (index % 9),
    public: index % 5 === 0,
    paused,
    updatedAt: START - index * 7 * HOUR,
    setBy: 'ada',
    status: worst ?? null,
    running,
    graph,
    jobs: jobList.map((one) => ({
      name: one.name,
      status: one.builds[0]?.status ?? null,
      number: one.builds[0]?.number ?? null,
      running: one.builds.some((build) => build.status === 'running'),
      paused: one.paused,
      startedAt: one.builds[0]?.startedAt ?? null,
    })),
    trend: ended
      .sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
      .slice(0, 10)
      .map((build) => ({
        job: build.job,
        number: build.number,
        status: build.status,
        endedAt: build.endedAt,
        durationMs: build.endedAt === null || build.startedAt === null ? null : build.endedAt - build.startedAt,
      })),
    failingChecks: resources.flatMap((one) =>
      one.lastCheckProblem === undefined ? [] : [{ resource: one.address, problem: one.lastCheckProblem }],
    ),
    jobList,
    resources,
  });
}

interface BuildSeed {
  readonly name: string;
  readonly job: Job;
  readonly number: number;
  readonly age: number;
  readonly seed: number;
  readonly newest: boolean;
}

function makeBuild(world: World, { name, job: of, number, age, seed, newest }: BuildSeed): BuildView {
  const next = random(seed);
  const luck = next();
  const usual: BuildStatus = luck < 0.86 ? 'succeeded' : luck < 0.94 ? 'failed' : luck < 0.97 ? 'cancelled' : 'errored';
  const status = newest ? (LAST[`${name} ${of.name}`] ?? 'succeeded') : age === 1 ? 'succeeded' : usual;
  const createdAt = START - (age * 53 + 4 + Math.floor(next() * 9)) * MINUTE;
  const waits = status === 'pending' || status === 'waiting_for_approval';
  const startedAt = waits ? null : createdAt + 400 + Math.floor(next() * 3_000);
  const duration = Math.floor(40 * SECOND + next() * 120 * SECOND);
  const endedAt = waits || status === 'running' || startedAt === null ? null : startedAt + duration;
  const versions = Object.fromEntries(of.inputs.map((input) => [input.resource, { ref: commit(seed) }]));
  const upstream = of.inputs[0]?.passed[0];
  const build: BuildView = {
    id: `${name}-${of.name}-${number}`,
    team: 'main',
    pipeline: name,
    job: of.name,
    number,
    status,
    cause:
      upstream !== undefined
        ? { kind: 'passed', job: upstream, number }
        : luck > 0.9
          ? { kind: 'manual', by: 'Mei Tanaka' }
          : { kind: 'version', resource: of.inputs[0]?.resource ?? '', version: { ref: commit(seed) } },
    ...(status === 'pending' ? { waitsFor: NO_GPU.text, wait: NO_GPU } : {}),
    revision: 3,
    versions,
    ...(status === 'waiting_for_approval' && { approval: APPROVAL, waitsFor: 'approval: release (1 of 2)' }),
    createdAt,
    startedAt,
    endedAt,
    ...(status === 'errored'
      ? {
          problem: {
            code: 'worker.lost',
            message: 'the worker was lost: nothing heard for 30s',
            hint: 'the build is tried again on its own, at most twice',
          },
        }
      : {}),
  };
  const steps = stepsOf(
    of.inputs.map((input) => input.resource),
    of.outputs,
  );
  world.builds.set(build.id, {
    ...build,
    steps,
    attempts:
      startedAt === null
        ? []
        : [
            {
              id: `${build.id}-1`,
              number: 1,
              status: endedAt === null ? 'running' : 'ended',
              worker: `worker-${1 + (seed % 3)}`,
              grantedAt: startedAt - 20,
              startedAt,
              endedAt,
              ...(build.problem === undefined ? {} : { problem: build.problem }),
              steps: passingSteps(steps, startedAt, endedAt, status),
            },
          ],
    inputValues:
      status === 'waiting_for_approval'
        ? MANUAL_INPUTS.map(({ name, sensitive, default: value = null }) => ({ name, sensitive, value }))
        : [],
    inputs: of.inputs.map((input) => ({
      step: '1',
      resource: input.resource,
      version: versions[input.resource] ?? {},
      metadata: metadataOf(seed),
    })),
    outputs:
      status === 'succeeded'
        ? of.outputs.map((output) => ({
            step: '5',
            resource: output,
            version: { digest: `sha256:${commit(seed)}` },
            metadata: {},
          }))
        : [],
    ...(number > 100 ? { previousNumber: number - 1 } : {}),
    ...(newest ? {} : { nextNumber: number + 1 }),
  });
  return build;
}
