import { describe, expect, test } from 'bun:test';
import { expandCommand, expandThrough } from './expand-command.ts';
import { BadLimit, type LimitName, readLimit } from './limits.ts';
import { loadGood, loadText, messagesOf } from './load-fixture.ts';
import type { RunnerType } from './plan-types.ts';

const MiB = 2 ** 20;

describe('a limit as it is written', () => {
  const good: [LimitName, string | number, number][] = [
    ['memory', '512MB', 512 * MiB],
    ['memory', '512m', 512 * MiB],
    ['memory', '512 MiB', 512 * MiB],
    ['memory', '1GiB', 1024 * MiB],
    ['memory', '1.5g', 1536 * MiB],
    ['memory', '2048kB', 2 * MiB],
    ['memory', 536870912, 512 * MiB],
    ['memory', '536870912', 512 * MiB],
    ['cpus', 0.5, 0.5],
    ['cpus', '1.5', 1.5],
    ['pids', 100, 100],
    ['pids', '100', 100],
  ];
  test.each(good)('%s = %p', (name, value, limit) => {
    expect(readLimit(name, value)).toBe(limit);
  });

  const bad: [LimitName, string | number | boolean, problem: RegExp][] = [
    ['memory', 512, /^512 is less than a megabyte/],
    ['memory', '0', /is not an amount of memory/],
    ['memory', 'lots', /^"lots" is not an amount of memory$/],
    ['memory', '-1m', /is not an amount/],
    ['memory', '512MBit', /is not an amount/],
    ['memory', '99999999999t', /is too much to count/],
    ['cpus', 0, /^0 is not a number of processors$/],
    ['cpus', '50%', /is not a number of processors/],
    ['cpus', -1, /is not a number of processors/],
    ['pids', -1, /^-1 is not a number of processes$/],
    ['pids', 1.5, /is not a number of processes/],
    ['pids', true, /is not a number of processes/],
  ];
  test.each(bad)('%s = %p', (name, value, problem) => {
    const limit = readLimit(name, value);
    expect(limit).toBeInstanceOf(BadLimit);
    expect((limit as BadLimit).problem).toMatch(problem);
  });
});

const OWN = `runner_type "own" {
  run {
    path   = "$path"
    memory = "$memory"
    pids   = "$number"
  }
}
`;
const task = (runner: string, params: string): string => `job "j" {
  task "t" {
    run "${runner}" {
      ${params}
    }
  }
}
`;

describe('in a pipeline', () => {
  test('what is known and cannot be one is an error, whatever the runner', async () => {
    const docker = await messagesOf(task('docker', 'image = "i"\ncmd = "x"\nmemory = "lots"\ncpus = "two"'));
    expect(docker).toEqual(expect.arrayContaining(['6 bad-limit', '7 bad-limit']));
    const [own] = (await loadText(OWN + task('own', 'path = "x"\nmemory = 512'))).diagnostics;
    expect(own).toMatchObject({ code: 'bad-limit', severity: 'error' });
    expect(own?.detail).toBe(
      '512 is less than a megabyte, with which no program starts. Write how much it may take, with a unit: memory = "512MB". Without a limit it is left out, or null.',
    );
  });

  test('null is none, and what a runner type of the user means by another name is not looked at', async () => {
    expect(await messagesOf(OWN + task('own', 'path = "x"\nmemory = null\nnumber = "many"'))).toEqual([]);
  });

  test('a runner type has them in its plan', async () => {
    const { types } = await loadGood(OWN + task('own', 'path = "x"'));
    expect(types.runners.own?.run).toEqual({ path: '$path', args: [], memory: '$memory', pids: '$number' });
  });

  test('only run has limits', async () => {
    const text = `runner_type "own" {\n run { path = "x" }\n cleanup {\n path = "y"\n memory = "1g"\n }\n}\n`;
    expect(await messagesOf(text + task('own', ''))).toContain('5 unknown-attribute');
  });
});

describe('expanded', () => {
  const given = (params: Record<string, string | number>) =>
    Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { value, sensitive: false }]));
  const place = { workdir: '/w', envNames: [] };
  const type = (run: RunnerType['run']): RunnerType => ({ name: 't', builtin: true, run, defaults: {} });
  const exec = type({ path: '$path', args: [], memory: '$memory', cpus: '$cpus', pids: '$pids' });
  const container = type({ path: 'docker', args: ['--memory', '$memory', '--cpus', '$cpus', '$cmd'] });

  test('what is not given is no limit', () => {
    expect(expandCommand(exec, given({ path: 'x', cpus: 0.5 }), place)).toMatchObject({
      limits: { cpus: '0.5' },
      unused: [],
    });
  });

  test('an empty text is no limit either, and not taken for none', () => {
    expect(expandCommand(exec, given({ path: 'x', memory: '' }), place)).toMatchObject({ limits: { memory: '' } });
    expect(readLimit('memory', '')).toBeInstanceOf(BadLimit);
  });

  test('through another runner they become its own, unless that has others', () => {
    const inner = { type: exec, params: given({ path: 'x', cpus: 0.5, memory: '1g', pids: 7 }) };
    const outer = { type: container, params: given({ cpus: 2 }) };
    expect(expandThrough(inner, outer, place)).toMatchObject({
      args: ['--memory', '1g', '--cpus', '2', 'x'],
      limits: {},
      unused: ['pids'],
    });
  });
});
