import { expect, test } from 'bun:test';
import { planForJob } from './build-plan.ts';
import { loadGood } from './load-fixture.ts';
import { planFrom } from './plan-from.ts';
import { allSteps } from './plan-walk.ts';

const TEXT = `
resource "git" "app" {
  params { url = "https://x" }
}
job "test" {
  in_parallel {
    get "git" "app" {}
    task "tools" {
      run "shell" { cmd = "true" }
    }
    on_success {
      task "group-hook" {
        run "shell" { cmd = "true" }
      }
    }
  }
  task "compile" {
    run "shell" { cmd = "true" }
    ensure {
      task "tidy" {
        run "shell" { cmd = "true" }
      }
    }
  }
  task "unit" {
    run "shell" { cmd = "true" }
  }
  put "git" "app" {}
}
`;
const plan = async () => planForJob(await loadGood(TEXT), 'test');
const skipped = (steps: Awaited<ReturnType<typeof plan>>['steps']): string[] =>
  [...allSteps(steps)].filter((step) => step.if?.kind === 'known' && step.if.value === false).map(({ name }) => name);

test.each([
  ['unit', ['tools', 'compile']],
  ['compile', ['tools']],
  ['app', ['tools', 'compile', 'unit']],
  ['1', []],
  ['3', ['tools', 'compile']],
])('a run from %s leaves out what stands before, but for its gets', async (from, names) => {
  expect(skipped(planFrom(await plan(), from).steps)).toEqual(names);
});

test('hooks of a group that is passed over do not run', async () => {
  const names = [...allSteps(planFrom(await plan(), 'unit').steps)].map(({ name }) => name);
  expect(names).not.toContain('group-hook');
});

test.each([
  ['untit', 'has no step "untit"', 'did you mean unit?'],
  ['zzz', 'has no step "zzz"', 'it has 1, compile, unit, app'],
  ['tools', 'is inside the group 1', '--from 1'],
  ['tidy', 'is inside the step compile', '--from compile'],
])('%s is no step to begin at', async (from, message, hint) => {
  const whole = await plan();
  expect(() => planFrom(whole, from)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) }),
  );
});
