import { expect, test } from 'bun:test';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { chooseJobs } from './choose-jobs.ts';

const pipeline = model(
  [resource('src')],
  [
    job('deploy', [{ ...get('1', 'git.src'), passed: ['leg--a', 'leg--b'] }]),
    job('leg--a', [{ ...get('1', 'git.src'), passed: ['build'] }], { group: 'leg' }),
    job('leg--b', [{ ...get('1', 'git.src'), passed: ['build'] }], { group: 'leg' }),
    job('build', [get('1', 'git.src')]),
    job('other', [task('1')]),
  ],
);
const names = (wanted: string[], all = false) => chooseJobs(pipeline, wanted, all).map(({ name }) => name);

test.each<[wanted: string[], all: boolean, chosen: string[]]>([
  [['build'], false, ['build']],
  [['deploy', 'build'], false, ['build', 'deploy']],
  [['leg', 'leg--a'], false, ['leg--a', 'leg--b']],
  [[], true, ['build', 'leg--a', 'leg--b', 'deploy', 'other']],
])('%p, all %p', (wanted, all, chosen) => {
  expect(names(wanted, all)).toEqual(chosen);
});

test('the only job needs no name', () => {
  expect(chooseJobs(model([], [job('one', [])]), [], false).map(({ name }) => name)).toEqual(['one']);
});

test.each<[run: () => unknown, code: string, hint: string | undefined]>([
  [() => names([]), 'usage.missing', '--job deploy | leg--a | leg--b | build | other, or --all'],
  [() => names(['deplyo']), 'usage.bad_value', 'did you mean "deploy"?'],
  [() => names(['build', 'x']), 'usage.bad_value', 'there are: deploy, leg--a, leg--b, build, other'],
  [() => names(['build'], true), 'usage.bad_value', 'leave one of them out'],
  [() => chooseJobs(model([], []), [], true), 'usage.bad_value', undefined],
])('what cannot be run is refused (%#)', (run, code, hint) => {
  expect(run).toThrow(expect.objectContaining({ code, hint }));
});
