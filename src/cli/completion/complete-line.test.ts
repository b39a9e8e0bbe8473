import { expect, test } from 'bun:test';
import { Command } from 'commander';
import { completeLine, type FindValues, type ValueOf } from './complete-line.ts';

function program(): Command {
  const all = new Command('pikoci');
  const jobs = all.command('jobs').description('Jobs of a pipeline.');
  jobs
    .command('trigger [job]')
    .description('Start a build now. More of it.')
    .option('-p, --pipeline <name>', 'the pipeline')
    .option('--watch', 'follow it (until it ends)');
  all.command('fmt [paths...]').description('Format.').option('-o, --output <file>', 'where');
  all.command('hidden', { hidden: true });
  return all;
}

const none: FindValues = async () => [];

async function complete(line: string, findValues: FindValues = none) {
  const words = line.split(' ');
  const { candidates, files, prefix } = await completeLine(
    program(),
    words.slice(0, -1),
    words.at(-1) ?? '',
    findValues,
  );
  return { values: candidates.map(({ value }) => value), files, prefix, about: candidates[0]?.about };
}

test('commands, and not those that are hidden', async () => {
  expect((await complete('')).values).toEqual(['jobs', 'fmt', 'help']);
  expect(await complete('jo')).toMatchObject({ values: ['jobs'], about: 'Jobs of a pipeline' });
  expect(await complete('jobs tr')).toMatchObject({ values: ['trigger'], about: 'Start a build now' });
  expect((await complete('nonsense ')).values).toEqual([]);
});

test('options of the command that is being typed', async () => {
  expect((await complete('jobs trigger --')).values).toEqual(['--pipeline', '--watch', '--help']);
  expect(await complete('jobs trigger --w')).toMatchObject({ values: ['--watch'], about: 'follow it' });
  expect((await complete('jobs trigger -- --w')).values).toEqual([]);
});

test.each([
  ['jobs trigger -p ', ['jobs', 'trigger'], 'option', 'pipeline', {}, []],
  ['jobs trigger --pipeline=', ['jobs', 'trigger'], 'option', 'pipeline', {}, []],
  ['jobs trigger -p app ', ['jobs', 'trigger'], 'argument', 'job', { pipeline: 'app' }, []],
  ['jobs trigger --watch --pipeline=app ', ['jobs', 'trigger'], 'argument', 'job', { pipeline: 'app' }, []],
  ['fmt a b ', ['fmt'], 'argument', 'paths', {}, ['a', 'b']],
] as const)('what %s asks for', async (line, path, kind, name, options, args) => {
  const asked: ValueOf[] = [];
  await complete(line, async (of) => {
    asked.push(of);
    return [];
  });
  expect(asked).toMatchObject([{ path, kind, name, options, args }]);
});

test('values begin with what is typed, and keep what stands before them', async () => {
  const names: FindValues = async () => ['app', 'apple', 'pear'].map((value) => ({ value, about: '' }));
  expect(await complete('jobs trigger -p app', names)).toMatchObject({ values: ['app', 'apple'], prefix: '' });
  expect(await complete('jobs trigger --pipeline=p', names)).toMatchObject({ values: ['pear'], prefix: '--pipeline=' });
});

test('files where files belong', async () => {
  expect((await complete('fmt ')).files).toBe(true);
  expect((await complete('fmt -o ')).files).toBe(true);
  expect((await complete('jobs trigger ')).files).toBe(false);
});
