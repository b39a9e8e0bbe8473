/** The pipelines that run over every pair, as they lie in the repository, and what their builds print. */

export interface PairJob {
  readonly job: string;
  /** What it is given. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** It is not triggered: another job's build starts it. */
  readonly follows?: true;
  /** `succeeded`, unless something else is meant to happen. */
  readonly status?: string;
  readonly log: readonly string[];
  readonly never?: readonly string[];
}

export interface PairPipeline {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** What the page says of it. */
  readonly about: string;
  readonly jobs: readonly PairJob[];
  /** Programs without which it cannot run here. */
  readonly needs?: readonly string[];
}

/** Which `pikoci secrets set` is given first. */
export const SECRET = { name: 'token', value: 'the-token-of-every-pair-815' } as const;

export const PIPELINES: readonly PairPipeline[] = [
  {
    ...{ name: 'quickstart', file: 'test/pipelines/quickstart.hcl', about: 'a schedule and a command' },
    jobs: [{ job: 'hello', log: ['hello from pikoci\n'] }],
  },
  {
    ...{
      name: 'steps',
      file: 'examples/steps/pipeline.hcl',
      about: 'groups, retries, timeouts, conditions, a resource',
    },
    jobs: [
      {
        job: 'assemble',
        status: 'warning',
        log: ['version 7, blue: part 7 in blue', 'a comma is missing'],
        never: ['taking its time'],
      },
      { job: 'too-long', status: 'failed', log: [] },
    ],
  },
  {
    ...{ name: 'hooks', file: 'examples/hooks/pipeline.hcl', about: 'hooks after success, failure and error' },
    jobs: [
      { job: 'passes', log: ['the step passed', 'tidied after succeeded'], never: ['never said'] },
      { job: 'fails', status: 'failed', log: ['job fails: failed', 'tidied in any case'], never: ['never said'] },
    ],
  },
  {
    ...{ name: 'inputs', file: 'examples/inputs/pipeline.hcl', about: 'what a build is given, a sensitive value too' },
    jobs: [
      {
        job: 'deploy',
        inputs: { version: '1.4.0', dry_run: 'false', token: 'hunter2-secret' },
        log: ['1.4.0 goes to staging: web-1, web-2', 'shipping with ***'],
        never: ['hunter2'],
      },
    ],
  },
  {
    ...{ name: 'said', file: 'examples/said-by-steps/pipeline.hcl', about: 'outputs, masks and summaries of steps' },
    jobs: [{ job: 'report', log: ['has the password ***', 'tags 1.4.1'], never: ['made-up-4711'] }],
  },
  {
    ...{ name: 'secrets', file: 'examples/secrets/pipeline.hcl', about: 'a secret of the server' },
    jobs: [{ job: 'publish', log: [`pushing with ***, ${SECRET.value.length} characters`], never: [SECRET.value] }],
  },
  {
    ...{ name: 'artifacts', file: 'examples/artifacts/pipeline.hcl', about: 'an artifact from one job to the next' },
    jobs: [
      { job: 'build', log: ['dist is kept, sha256'], never: ['draft'] },
      { job: 'try', follows: true, log: ['hello from build 1', 'it was made by build 1'] },
    ],
  },
  {
    ...{ name: 'cache', file: 'examples/cache/pipeline.hcl', about: 'a cache' },
    jobs: [{ job: 'test', log: ['fetching one', 'fetching two', 'cache: kept as packages-'] }],
  },
  {
    ...{ name: 'reports', file: 'examples/test-reports/pipeline.hcl', about: 'test results and a summary' },
    jobs: [{ job: 'test', log: [] }],
  },
  {
    ...{ name: 'services', file: 'examples/services/pipeline.hcl', about: 'a PostgreSQL and two Redis as services' },
    needs: ['redis-server', 'redis-cli', 'psql'],
    jobs: [
      {
        job: 'test',
        log: ['2 kinds of fruit in shop', 'the basket is full', 'the other one knows 0 baskets', 'the password is ***'],
      },
    ],
  },
];
