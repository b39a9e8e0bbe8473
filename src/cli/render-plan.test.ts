import { expect, test } from 'bun:test';
import type { BlockChange, InnerChange } from '../pipeline/pipeline-diff.ts';
import { renderDifference } from './render-plan.ts';
import { createStyle } from './style.ts';

const plain = createStyle(false);
const update = (
  changes: InnerChange[],
  more: Partial<Extract<BlockChange, { action: 'update' }>> = {},
): BlockChange => ({
  action: 'update',
  type: 'job',
  name: 'test',
  block: 'job "test"',
  builtin: false,
  forgets: false,
  changes,
  ...more,
});
const attribute = (name: string, old?: string, now?: string, inside: string[] = []): InnerChange => ({
  kind: 'attribute',
  inside,
  name,
  ...(old !== undefined && { old }),
  ...(now !== undefined && { new: now }),
});
const linesOf = (...changes: BlockChange[]): string[] => renderDifference({ changes, files: [] }, plain);
const heredoc = (lines: readonly string[]): string => `<<EOT\n${lines.join('\n')}\nEOT`;
const numbers = Array.from({ length: 20 }, (_, n) => `line ${n}`);

test.each<[name: string, change: InnerChange, lines: string[]]>([
  ['changed', attribute('timeout', '"5m"', '"10m"', ['task "unit"']), ['task "unit": timeout "5m" -> "10m"']],
  ['new', attribute('dir', undefined, '"a"'), ['+ dir "a"']],
  ['gone', attribute('dir', '"a"'), ['- dir "a"']],
  ['secret', attribute('value', '(sensitive)', '(sensitive)'), ['value (sensitive) changed']],
  [
    'of several lines, far apart',
    attribute('cmd', heredoc(numbers), heredoc(['first', ...numbers.slice(1, -1), 'last'])),
    [
      ...['cmd', '     <<EOT', '    -line 0', '    +first', '     line 1', '     line 2', '     line 3', '     …'],
      ...['     line 16', '     line 17', '     line 18', '    -line 19', '    +last', '     EOT'],
    ],
  ],
  [
    'a block that is new',
    { kind: 'block', inside: ['in_parallel'], action: 'create', block: 'task "b"', contents: ['dir = "x"'] },
    ['in_parallel: + task "b"', '    dir = "x"'],
  ],
  [
    'another order',
    { kind: 'order', inside: [], old: ['task "a"', 'task "b"'], new: ['task "b"', 'task "a"'] },
    ['order task "a", task "b" -> task "b", task "a"'],
  ],
])('inside a block: %s', (_name, change, lines) => {
  expect(linesOf(update([change]))).toEqual(['  ~ job "test"', ...lines.map((line) => `      ${line}`)]);
});

test('what comes from a server does nothing to a terminal', () => {
  const evil = '\x1b]0;title\x07\x1b[2J\r\b';
  const lines = linesOf(
    update([attribute(evil, evil, `${evil}x`), attribute('cmd', heredoc([evil]), heredoc(['x']))], { block: evil }),
  );
  expect(lines.join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});

test('what history hangs on it is said', () => {
  const names = (type: string, block: string) => ({ type, name: 'x', block });
  expect(
    linesOf(
      { action: 'create', ...names('job', 'job "back"'), contents: [], history: 1 },
      update([attribute('url', '"a"', '"b"')], {
        ...names('resource', 'resource "git" "a"'),
        forgets: true,
        history: 2,
      }),
      update([attribute('run', '"a"', '"b"')], { ...names('runner_type', 'runner_type "exec"'), builtin: true }),
      { action: 'delete', ...names('job', 'job "gone"'), contents: [], history: 1 },
      { action: 'delete', ...names('resource', 'resource "git" "b"'), contents: [], history: 0 },
      { action: 'delete', ...names('variable', 'variable "v"'), contents: [] },
    ).filter((line) => line.startsWith('  ') && !line.startsWith('   ')),
  ).toEqual([
    '  + job "back"  (finds its 1 build again)',
    '  ~ resource "git" "a"  (will watch something else: its 2 versions are forgotten)',
    '  ~ runner_type "exec"  (built in: this pikoci has another text of it)',
    '  - job "gone"  (1 build of history goes out of sight with it)',
    '  - resource "git" "b"',
    '  - variable "v"',
  ]);
});
