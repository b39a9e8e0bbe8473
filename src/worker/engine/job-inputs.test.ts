import { expect, test } from 'bun:test';
import { jobInput } from '../../pipeline/job-input.fixture.ts';
import { createMasks } from '../secrets/masks.ts';
import { deferred, grantOf, plan, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

test('a command has what the build was given in its environment, and in expressions', async () => {
  const inputs = [jobInput('dry-run', { type: 'bool' }), jobInput('hosts', { type: 'list(string)' }), jobInput('none')];
  const steps = [
    task('1', 'echo "$INPUT_DRY_RUN $INPUT_HOSTS ${INPUT_NONE-unset} $FIRST"', {
      env: { FIRST: deferred('input.hosts[0]', 'input.hosts') },
    }),
    task('2', 'exit 1', { if: deferred('!input.dry-run', 'input.dry-run') }),
    task('3', 'echo same', { if: deferred('input.none == null', 'input.none') }),
  ];
  const inputValues = { 'dry-run': true, hosts: ['a', 'b'], none: null };
  await using run = start(grantOf(plan(steps, { inputs }), { inputValues }));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('true ["a","b"] unset a\n');
  expect(run.story()).toContain('2 skipped');
  expect(run.log('3')).toBe('same\n');
});

test('a sensitive one is in the environment of those it is given to only, and masked', async () => {
  const masks = createMasks();
  masks.add('hunter2-secret');
  const steps = [
    task('1', 'echo "${INPUT_TOKEN-unset}"'),
    task('2', 'echo "$TOKEN"', { env: { TOKEN: deferred('input.token', 'input.token') } }),
  ];
  const inputs = [jobInput('token', { sensitive: true })];
  await using run = start(grantOf(plan(steps, { inputs }), { inputValues: { token: 'hunter2-secret' } }), { masks });
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('1')).toBe('unset\n');
  expect(run.log('2')).toBe('***\n');
});

test('an input that another job has is said plainly', async () => {
  const steps = [task('1', 'true', { env: { A: deferred('input.where', 'input.where') } })];
  await using run = start(grantOf(plan(steps)));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')?.message).toContain('this job has no input "where"');
});
