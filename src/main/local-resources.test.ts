import { expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { planForJob } from '../pipeline/build-plan.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { checkResources, readResourceArguments } from './local-resources.ts';

const pipeline = model(
  [resource('app'), resource('lib')],
  [job('test', [get('1', 'git.app')]), job('other', [task('1')])],
);
const plans = (...names: string[]) => names.map((name) => planForJob(pipeline, name));
const cwd = dirname(tmpdir());

test('a directory for each address, relative to where one is', () => {
  const given = readResourceArguments([`git.app=${basename(tmpdir())}`, 'git.lib=.'], cwd);
  expect([...given]).toEqual([
    ['git.app', tmpdir()],
    ['git.lib', cwd],
  ]);
  expect(() => checkResources(new Map([['git.app', cwd]]), plans('test', 'other'))).not.toThrow();
});

test.each([
  ['git.app', 'is not type.name=directory'],
  ['=.', 'is not type.name=directory'],
  ['git.app=', 'is not type.name=directory'],
  ['git.app=/nowhere/at/all', '/nowhere/at/all is not a directory'],
  ['git.app=/dev/null', '/dev/null is not a directory'],
  ['git.app=/dev/null/x', '/dev/null/x is not a directory'],
])('%p is refused', (argument, message) => {
  expect(() => readResourceArguments([argument], cwd)).toThrow(
    expect.objectContaining({ code: 'usage.bad_value', message: expect.stringContaining(message) }),
  );
});

test.each<[jobs: string[], address: string, message: string, hint: string]>([
  [['test'], 'git.ap', 'the job test does not use "git.ap"', 'did you mean git.app?'],
  [['other'], 'git.app', 'the job other does not use "git.app"', 'no resource is used'],
  [['test', 'other'], 'git.lib', 'the jobs that run do not use "git.lib"', 'in use: git.app'],
])('of %p, %s is used by none', (jobs, address, message, hint) => {
  const near = address === 'git.lib' ? expect.any(String) : hint;
  expect(() => checkResources(new Map([[address, cwd]]), plans(...jobs))).toThrow(
    expect.objectContaining({ message: `--resource: ${message}`, hint: near }),
  );
});
