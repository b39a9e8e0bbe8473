import type { RunningServer } from '../servers/pikoci.ts';
import { eventually } from './eventually.ts';

/** What `builds list --json` promises. */
export interface ListedBuild {
  readonly number: number;
  readonly status: string;
  readonly versions: Readonly<Record<string, unknown>>;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export async function listBuilds(
  server: RunningServer,
  pipeline: string,
  job: string,
): Promise<readonly ListedBuild[]> {
  return (await server.json('builds', 'list', '--pipeline', pipeline, '--job', job, '--json')) as ListedBuild[];
}

const RUNNING = new Set(['pending', 'running', 'waiting_for_approval']);

/** The build of that number once it has ended. */
export async function endedBuild(
  server: RunningServer,
  pipeline: string,
  job: string,
  number: number,
  timeoutMs = 30_000,
): Promise<ListedBuild> {
  return eventually(
    `build ${number} of ${job} ends\n${server.output()}`,
    async () =>
      (await listBuilds(server, pipeline, job)).find((build) => build.number === number && !RUNNING.has(build.status)),
    { timeoutMs, everyMs: 150 },
  );
}

export async function logOf(server: RunningServer, pipeline: string, job: string, number: number): Promise<string> {
  const { code, stdout, stderr } = await server.cli(
    'builds',
    'logs',
    '--pipeline',
    pipeline,
    '--job',
    job,
    String(number),
  );
  if (code !== 0) throw new Error(`builds logs exited ${code}: ${stderr}`);
  return stdout;
}
