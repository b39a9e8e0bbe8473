import { expect, test } from 'bun:test';
import { newId } from '../../lib/ids.ts';
import type { BuildStatus } from '../../protocol/status.ts';
import type { BuildRecord, JobRecord, PipelineRecord, ResourceRecord } from '../../store/records.ts';
import { summarize } from './pipeline-views.ts';

const pipeline: PipelineRecord = {
  id: newId(),
  teamId: newId(),
  team: 'main',
  name: 'p',
  revisionId: newId(),
  revision: 3,
  public: false,
  fork: false,
  createdAt: 1,
  updatedAt: 2,
};
const jobOf = (name: string, ordinal: number, active = true): JobRecord => ({
  id: newId(),
  pipelineId: pipeline.id,
  name,
  group: name,
  ordinal,
  active,
  lastNumber: 0,
});
const buildOf = (job: JobRecord, number: number, status: BuildStatus, endedAt?: number): BuildRecord => ({
  id: newId(),
  jobId: job.id,
  job: job.name,
  pipelineId: pipeline.id,
  pipeline: 'p',
  teamId: pipeline.teamId,
  team: 'main',
  number,
  status,
  cause: { kind: 'manual', by: 'ada' },
  revisionId: pipeline.revisionId,
  revision: 3,
  createdAt: 1,
  startedAt: endedAt === undefined ? undefined : endedAt - 10,
  endedAt,
  attempts: 1,
  hasGates: false,
  held: false,
  seen: '',
});
const graph = { graph: () => ({ width: 0, height: 0, nodes: [], edges: [] }) };
const [test1, deploy, gone] = [jobOf('test', 0), jobOf('deploy', 1), jobOf('gone', 2, false)];

test.each([
  ['nothing ran', [], null],
  ['one passed, one never ran', [buildOf(test1, 1, 'succeeded', 5)], 'succeeded'],
  ['the worst of the last ones', [buildOf(test1, 1, 'succeeded', 5), buildOf(deploy, 1, 'failed', 6)], 'failed'],
  ['errored is worse than failed', [buildOf(test1, 1, 'errored', 5), buildOf(deploy, 1, 'failed', 6)], 'errored'],
  ['a failure that was mended', [buildOf(test1, 2, 'succeeded', 6), buildOf(test1, 1, 'failed', 5)], 'succeeded'],
  ['one that runs says nothing yet', [buildOf(test1, 2, 'running'), buildOf(test1, 1, 'failed', 5)], 'failed'],
  ['cancelled says nothing', [buildOf(test1, 2, 'cancelled', 6), buildOf(test1, 1, 'succeeded', 5)], 'succeeded'],
  ['a job that is gone', [buildOf(gone, 1, 'failed', 5)], null],
] as [string, BuildRecord[], BuildStatus | null][])('the health of a pipeline: %s', (_name, builds, status) => {
  expect(summarize(pipeline, graph, [deploy, gone, test1], builds, []).status).toBe(status);
});

test('jobs in the order of the text, the trend newest first, checks that fail', () => {
  const builds = [
    buildOf(test1, 2, 'running'),
    buildOf(test1, 1, 'failed', 50),
    buildOf(deploy, 1, 'succeeded', 70),
    buildOf(deploy, 2, 'pending'),
  ];
  const problem = { code: 'check.failed', message: 'no such repository' };
  const resource = { active: true, address: 'git.src', lastCheckStatus: 'errored', lastCheckProblem: problem };
  const view = summarize(pipeline, graph, [deploy, test1], builds, [resource as ResourceRecord]);
  expect(view.jobs.map(({ name, number, running }) => [name, number, running])).toEqual([
    ['test', 2, true],
    ['deploy', 1, false],
  ]);
  expect(view.trend.map(({ job, number, durationMs }) => [job, number, durationMs])).toEqual([
    ['deploy', 1, 10],
    ['test', 1, 10],
  ]);
  expect(view).toMatchObject({ running: 1, paused: false, failingChecks: [{ resource: 'git.src', problem }] });
});
