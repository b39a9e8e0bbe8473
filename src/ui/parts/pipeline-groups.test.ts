import { expect, test } from 'bun:test';
import { groupPipelines, isInState, PIPELINE_STATES } from './pipeline-groups.ts';

const pipeline = (team: string, name: string, of?: string) => ({
  ...{ team, name },
  ...(of !== undefined && { instance: { of, vars: { branch: name } } }),
});

test('instances stand together, behind what is none', () => {
  const groups = groupPipelines([
    pipeline('main', 'app--a', 'app'),
    pipeline('main', 'ci'),
    pipeline('ops', 'app--a', 'app'),
    pipeline('main', 'lib--x', 'lib'),
    pipeline('main', 'app--b', 'app'),
    pipeline('main', 'app'),
  ]);
  expect(
    groups.map(({ team, instancesOf, list }) => [team, instancesOf, list.map(({ name }) => name).join(' ')]),
  ).toEqual([
    ['main', undefined, 'ci app'],
    ['main', 'app', 'app--a app--b'],
    ['main', 'lib', 'lib--x'],
    ['ops', 'app', 'app--a'],
  ]);
});

test('what is shown: all, what does not pass or cannot be checked, what runs, what is paused', () => {
  const quiet = { status: 'succeeded' as const, running: 0, paused: false, failingChecks: [] };
  const failing = [{ resource: 'git.app', problem: { code: 'x', message: 'y' } }];
  const shownIn = (pipeline: Parameters<typeof isInState>[0]) =>
    PIPELINE_STATES.filter((state) => isInState(pipeline, state));
  expect(shownIn(quiet)).toEqual(['all']);
  expect(shownIn({ ...quiet, status: 'errored', running: 1 })).toEqual(['all', 'not passing', 'running']);
  expect(shownIn({ ...quiet, failingChecks: failing, paused: true })).toEqual(['all', 'not passing', 'paused']);
});
