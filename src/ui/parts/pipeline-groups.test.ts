import { expect, test } from 'bun:test';
import { groupPipelines } from './pipeline-groups.ts';

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
