import { describe, expect, test } from 'bun:test';
import { createRunView } from './run-view.ts';
import { createStyle } from './style.ts';
import { createTerminalText } from './terminal-text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function plainView() {
  let out = '';
  let now = 0;
  const view = createRunView({
    write: (text) => {
      out += text;
    },
    style: createStyle(false),
    live: false,
    now: () => now,
    steps: [{ id: '1', name: 'greet', kind: 'task', summary: 'exec echo' }],
  });
  return { view, output: () => out, tick: (ms: number) => (now += ms) };
}

test('without a terminal every line of output names its step', () => {
  const { view, output, tick } = plainView();
  view.stepStarted('1', 1);
  view.log('1', bytes('one\ntw'));
  view.log('1', bytes('o\nno end'));
  tick(1_500);
  view.stepEnded('1', {
    outcome: 'failed',
    exitCode: 2,
    problem: { code: 'step.exit', message: 'exited with 2' },
    again: false,
  });
  view.ended('test', 'failed');
  expect(output()).toBe(
    [
      '> greet exec echo',
      'greet | one',
      'greet | two',
      'greet | no end',
      '✗ greet failed: exited with 2 1.5s',
      '',
      '  ✗ greet     1.5s  exited with 2',
      '✗ test failed in 1.5s',
      '',
    ].join('\n'),
  );
});

test('a step that may fail looks like none that passed', () => {
  const { view, output } = plainView();
  view.stepStarted('1', 1);
  view.stepEnded('1', { outcome: 'warning', exitCode: 2, again: false });
  view.ended('test', 'warning');
  expect(output()).toContain('! greet failed (allowed): exited with 2 0ms\n');
  expect(output()).toContain('  ! greet      0ms  exited with 2 (allowed)\n! test passed, with warnings at once\n');
});

test('a line that never ends is not kept for ever', () => {
  const { view, output } = plainView();
  view.stepStarted('1', 1);
  for (let megabytes = 0; megabytes < 5; megabytes += 1) view.log('1', bytes('x'.repeat(1024 * 1024)));
  expect(output().length).toBeGreaterThan(4 * 1024 * 1024);
  view.log('1', bytes('y\n'));
  expect(output()).toEndWith('y\n');
});

test('a character split over two pieces is one character', () => {
  const { view, output } = plainView();
  const [first, second] = [bytes('ü\n').slice(0, 1), bytes('ü\n').slice(1)];
  view.stepStarted('1', 1);
  view.log('1', first);
  view.log('1', second);
  expect(output()).toContain('greet | ü\n');
});

test('a progress bar shows its last state', () => {
  const { view, output } = plainView();
  view.stepStarted('1', 1);
  view.log('1', bytes('10%\r50%\r100%\r\ndone\r\n'));
  expect(output()).toContain('greet | 100%\ngreet | done\n');
});

test.each([
  [0, 'test errored at once'],
  [2_500, 'test errored in 2.5s'],
])('how long it took is what it is told: %p ms', (ms, words) => {
  const { view, output, tick } = plainView();
  tick(50);
  view.ended('test', 'errored', undefined, ms);
  expect(output()).toContain(words);
});

test('a long reason stands on one line of the summary', () => {
  const { view, output } = plainView();
  view.stepStarted('1', 1);
  view.stepEnded('1', { outcome: 'errored', problem: { code: 'x', message: 'it wrote:\n  no' }, again: false });
  view.ended('test', 'errored');
  expect(output()).toContain('  ! greet      0ms  it wrote: no\n');
});

describe('what reaches the terminal', () => {
  test.each([
    ['colours pass', ['\x1b[31mred\x1b[0m'], '\x1b[31mred\x1b[0m'],
    ['truecolor passes', ['\x1b[38;2;1;2;3mx'], '\x1b[38;2;1;2;3mx'],
    ['the cursor stays where it is', ['a\x1b[2Jb\x1b[1;1Hc'], 'abc'],
    ['no title is set', ['a\x1b]0;evil\x07b'], 'ab'],
    ['no title is set, other ending', ['a\x1b]0;evil\x1b\\b'], 'ab'],
    ['no device is asked', ['a\x1b[6nb\x1bPq\x1b\\c'], 'abc'],
    ['a sequence in two pieces', ['a\x1b[3', '1mb'], 'a\x1b[31mb'],
    ['a bad sequence in two pieces', ['a\x1b]0;ev', 'il\x07b'], 'ab'],
    ['bells and nulls', ['a\x07\x00b\u009bc'], 'abc'],
    ['tabs and ends of lines stay', ['a\tb\r\n'], 'a\tb\r\n'],
    ['a lone escape at the end', ['a\x1b'], 'a'],
  ])('%s', (_name, pieces, shown) => {
    const text = createTerminalText();
    expect(pieces.map((piece) => text.push(piece)).join('') + text.flush()).toBe(shown);
  });
});
