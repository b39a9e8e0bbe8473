import { expect, test } from 'bun:test';
import type { SetPipelineStep } from '../../pipeline/plan-step.ts';
import type { PipelineSetter, SetPipelineEnd, WantedPipeline } from '../pipelines/pipeline-setter.ts';
import { deferred, grantOf, known, PLACE, plan, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

const step = (more: Partial<SetPipelineStep> = {}): SetPipelineStep => ({
  kind: 'set_pipeline',
  id: '2',
  name: 'deploy',
  pipeline: 'deploy',
  file: known('app/ci/deploy.hcl'),
  vars: {},
  at: PLACE,
  attempts: { count: 1, on: ['failure', 'error', 'timeout'], delayMs: 0 },
  allowFailure: false,
  hooks: {},
  ...more,
});

const FILES = task(
  '1',
  'mkdir -p app/ci; echo \'locals { a = file("note.txt") }\' > app/ci/deploy.hcl; printf hi > app/ci/note.txt',
);

function setting(end: SetPipelineEnd): PipelineSetter & { readonly wanted: WantedPipeline[] } {
  const wanted: WantedPipeline[] = [];
  return {
    wanted,
    set: async (pipeline) => {
      wanted.push(pipeline);
      return end;
    },
  };
}

test('the file goes with what it reads, and with values, sensitive ones apart', async () => {
  const setPipeline = setting({ kind: 'done', lines: ['pipeline deploy--main is made, at revision 1'] });
  const vars = { region: known('eu'), token: deferred('var.token', 'var.token') };
  const built = plan([FILES, step({ vars, instanceVars: { branch: known('main') } })], {
    scope: { variables: { token: { kind: 'sealed' } }, locals: {} },
  });
  await using run = start(grantOf(built), { setPipeline, sealed: { token: 'hunter2-hunter2' } });
  expect((await run.done).outcome).toBe('succeeded');
  expect(setPipeline.wanted).toEqual([
    {
      pipeline: 'deploy',
      instanceVars: { branch: 'main' },
      bundle: {
        main: 'deploy.hcl',
        files: { 'deploy.hcl': 'locals { a = file("note.txt") }\n', 'note.txt': 'hi' },
      },
      variables: { region: 'eu' },
      sensitive: { token: 'hunter2-hunter2' },
    },
  ]);
  expect(run.log('2')).toBe('pipeline deploy--main is made, at revision 1\n');
});

test('a file with mistakes fails the step, which says them', async () => {
  const problem = { code: 'pipeline.invalid', message: 'pipeline deploy has a mistake; nothing was changed' };
  const setPipeline = setting({ kind: 'refused', lines: ['error: Unknown block'], problem });
  await using run = start(grantOf(plan([FILES, step()])), { setPipeline });
  expect((await run.done).outcome).toBe('failed');
  expect(run.problem('2')).toMatchObject(problem);
  expect(run.log('2')).toBe('error: Unknown block\n');
});

test('where nothing is set the step is skipped, and the build goes on', async () => {
  const setPipeline = setting({ kind: 'left_out', lines: ['only looked at'] });
  await using run = start(grantOf(plan([FILES, step(), task('3', 'echo on')])), { setPipeline });
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.story()).toEqual(['1 started', '1 succeeded', '2 started', '2 skipped', '3 started', '3 succeeded']);
});

test.each([
  ['gone.hcl', 'failed', 'set_pipeline.no_file'],
  ['../elsewhere.hcl', 'errored', 'path.outside'],
  ['/etc/passwd', 'errored', 'path.outside'],
  ['', 'failed', 'set_pipeline.no_file'],
] as const)('file = %j is told, and nobody is asked', async (file, outcome, code) => {
  const setPipeline = setting({ kind: 'done', lines: [] });
  await using run = start(grantOf(plan([step({ id: '1', file: known(file) })])), { setPipeline });
  expect((await run.done).outcome).toBe(outcome);
  expect(run.problem('1')?.code).toBe(code);
  expect(setPipeline.wanted).toEqual([]);
});

test.each(['ln -s /etc app', 'mkdir app; ln -s /etc/passwd app/x.hcl'])(
  'a file of this machine is not read through a link that a step made: %s',
  async (script) => {
    const setPipeline = setting({ kind: 'done', lines: [] });
    const file = known(script.endsWith('x.hcl') ? 'app/x.hcl' : 'app/passwd');
    await using run = start(grantOf(plan([task('1', script), step({ file })])), { setPipeline });
    expect((await run.done).outcome).toBe('errored');
    expect(run.problem('2')?.code).toBe('path.outside');
    expect(setPipeline.wanted).toEqual([]);
  },
);

test('a pipe in the place of the file keeps nobody waiting', async () => {
  const setPipeline = setting({ kind: 'done', lines: [] });
  await using run = start(grantOf(plan([task('1', 'mkfifo x.hcl'), step({ file: known('x.hcl') })])), { setPipeline });
  expect((await run.done).outcome).toBe('failed');
  expect(run.problem('2')?.code).toBe('set_pipeline.no_file');
});

test('a file that is no text is not said to be missing', async () => {
  const setPipeline = setting({ kind: 'done', lines: [] });
  const make = task('1', "printf '\\377\\376' > x.hcl");
  await using run = start(grantOf(plan([make, step({ file: known('x.hcl') })])), { setPipeline });
  expect((await run.done).outcome).toBe('failed');
  expect(run.problem('2')?.code).toBe('set_pipeline.no_text');
});
