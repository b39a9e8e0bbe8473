import type { RunningServer } from '../servers/pikoci.ts';

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

interface StepState {
  readonly step: string;
  readonly status: string;
  readonly problem?: Problem;
}

/** What `builds get --json` says of a build's last attempt. */
export interface BuildDetail {
  readonly status: string;
  readonly steps: readonly StepState[];
  /** `code: message` of each step that has a problem. */
  readonly problems: readonly string[];
}

export async function buildDetail(server: RunningServer, job: string, number = 1): Promise<BuildDetail> {
  const build = (await server.json('builds', 'get', '-p', 'pipeline', '-j', job, `${number}`, '--json')) as {
    status: string;
    attempts: { steps: StepState[] }[];
  };
  const steps = build.attempts.at(-1)?.steps ?? [];
  const problems = steps.flatMap(({ problem }) => (problem ? [`${problem.code}: ${problem.message}`] : []));
  return { status: build.status, steps, problems };
}

export async function trigger(server: RunningServer, ...jobs: readonly string[]): Promise<void> {
  for (const job of jobs) {
    const { code, stderr } = await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', job);
    if (code !== 0) throw new Error(`jobs trigger ${job}: ${stderr}`);
  }
}

/** Address, and what its last check complained of. */
export interface ListedResource {
  readonly address: string;
  readonly latest?: unknown;
  readonly lastCheckProblem?: Problem;
}

export async function listResources(server: RunningServer): Promise<readonly ListedResource[]> {
  return (await server.json('resources', 'list', '-p', 'pipeline', '--json')) as ListedResource[];
}
