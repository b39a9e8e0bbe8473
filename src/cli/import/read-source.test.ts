import { expect, test } from 'bun:test';
import { readSource } from './read-source.ts';

const messageOf = (text: string): string => {
  try {
    readSource(text, 'ci.yml');
    return '';
  } catch (error) {
    return String((error as Error).message);
  }
};

test.each([
  ['', 'there is nothing in ci.yml'],
  ['# only words\n', 'there is nothing in ci.yml'],
  ['a: [1\n', 'ci.yml is not YAML: line 2, column 1'],
  ['a: 1\na: 2\n', 'ci.yml is not YAML: line 2, column 1: Map keys must be unique'],
  ['a: &a [*a]\n', 'ci.yml, line 1: the anchor "a" holds itself'],
  ['a: &a\n  b:\n    c: *a\n', 'ci.yml, line 3: the anchor "a" holds itself'],
  ['a: *nowhere\n', 'nowhere'],
  ['a: 1\n---\nb: 2\n', 'there is more than one YAML document in ci.yml'],
  ['a:\n  <<: 1\n', 'ci.yml, line 2: what "<<" merges is a map, and this is none'],
  [`a: ${'['.repeat(5000)}`, 'ci.yml is nested too deeply'],
  ['- '.repeat(5000), 'ci.yml is nested too deeply'],
  [`a: ${'x'.repeat(5 * 1024 * 1024)}`, 'ci.yml has 5.0 MiB, and at most 1 MiB is read'],
])('%# bad text', (text, message) => {
  expect(messageOf(text)).toContain(message);
});

test('anchors that multiply are read once each', () => {
  const lines = Array.from({ length: 60 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`);
  const root = readSource(`a0: &a0 [x]\n${lines.join('\n')}\n`, 'ci.yml');
  expect(root.unread().length).toBe(1);
  expect(root.countRead()).toBe(0);
});

test('lines, places, and what nobody read', () => {
  const root = readSource(
    'base: &base\n  x: 1.10\n  y: yes\njob:\n  <<: *base\n  y: no\n  list: [a, {b: 2}]\n',
    'ci.yml',
  );
  const job = root.get('job')!;
  expect(job.textOf('x')).toBe('1.10');
  expect(job.flagOf('y')).toBe(false);
  expect(job.get('list')?.elements()[1]?.path).toBe('job.list[1]');
  expect(root.unread().map(({ path, line }) => [path, line])).toEqual([
    ['base.y', 3],
    ['job.list[0]', 7],
    ['job.list[1]', 7],
  ]);
});
