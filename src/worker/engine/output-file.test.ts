import { expect, test } from 'bun:test';
import { parseOutputFile } from './output-file.ts';

test('lines are names and values', () => {
  expect(parseOutputFile('a=1\r\nB.c-d= x=y \n\n')).toEqual({ values: { a: '1', 'B.c-d': ' x=y ' }, warnings: [] });
});

test.each([
  ['a b=1', 'line 1 of $PIKOCI_OUTPUT is not KEY=VALUE, it is left out'],
  ['a=1\n=2\nb=\0', 'lines 2, 3 of $PIKOCI_OUTPUT are not KEY=VALUE, they are left out'],
  ['x\n'.repeat(1_000), 'lines 1, 2, 3, 4, 5 and 995 more of $PIKOCI_OUTPUT are not KEY=VALUE, they are left out'],
])('other lines are said in one: %#', (text, warning) => {
  expect(parseOutputFile(text).warnings).toEqual([`warning: ${warning}`]);
});

test('a value that no command could see is refused', () => {
  expect(() => parseOutputFile(`a=${'x'.repeat(200_000)}`)).toThrow(
    'the value of a in $PIKOCI_OUTPUT has 200000 bytes',
  );
});
