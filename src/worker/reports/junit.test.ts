import { expect, test } from 'bun:test';
import { createJunitReader, JunitError } from './junit.ts';

function read(text: string, size = text.length || 1) {
  const reader = createJunitReader();
  const cases = [];
  for (let at = 0; at < text.length; at += size) cases.push(...reader.push(text.slice(at, at + size)));
  return [...cases, ...reader.end()];
}

const WHOLE = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="all" tests="6">
  <testsuite name="math" timestamp="2026-11-25T00:00:00">
    <properties><property name="failure" value="no"/></properties>
    <testcase classname="math.Add" name="adds &amp; carries" time="0.012" file="src/add.test.ts" line="7"/>
    <testcase name="divides" time="1,001.5">
      <failure message="expected 2" type="AssertionError">expected 2
  at divide (src/divide.ts:3)</failure>
      <system-out>noise</system-out>
    </testcase>
    <testsuite name="inner">
      <testcase name="errs"><error type="TypeError"><![CDATA[x < y & z]]></error></testcase>
      <testcase name="later"><skipped/></testcase>
      <testcase name="shaky"><flakyFailure message="once"/></testcase>
    </testsuite>
    <testcase name="no time" time="soon"></testcase>
  </testsuite>
</testsuites>
`;

test.each([WHOLE.length, 1, 7, 64])('a report in pieces of %d characters', (size) => {
  expect(read(WHOLE, size)).toEqual([
    { suite: 'math.Add', name: 'adds & carries', status: 'passed', durationMs: 12, place: 'src/add.test.ts:7' },
    {
      suite: 'math',
      name: 'divides',
      status: 'failed',
      durationMs: 1_001_500,
      message: 'expected 2\n  at divide (src/divide.ts:3)',
    },
    { suite: 'inner', name: 'errs', status: 'errored', message: 'TypeError\nx < y & z' },
    { suite: 'inner', name: 'later', status: 'skipped' },
    { suite: 'inner', name: 'shaky', status: 'passed', flaky: true },
    { suite: 'math', name: 'no time', status: 'passed' },
  ]);
});

test.each<[string, string, string]>([
  ['empty', '', 'it is empty'],
  ['only blanks', ' \n ', 'it is empty'],
  ['another kind of XML', '<html><body/></html>', 'its root is <html>'],
  ['not XML', 'ok 1 - adds', 'line 1: non-whitespace before first tag'],
  ['cut off', '<testsuite><testcase name="a"/><testcase', 'line 1: unclosed root tag'],
  ['wrongly nested', '<testsuite>\n<testcase name="a"></testsuite>', 'line 2: unexpected close tag'],
  [
    'an entity of its own',
    '<!DOCTYPE a [<!ENTITY b "c">]><testsuite>&b;</testsuite>',
    'line 1: invalid character entity',
  ],
])('%s', (_name, text, message) => {
  expect(() => read(text)).toThrow(JunitError);
  expect(() => read(text)).toThrow(message);
});

test('what was whole before a mistake is there', () => {
  const reader = createJunitReader();
  expect(reader.push('<testsuite><testcase name="a"/>')).toEqual([{ suite: '', name: 'a', status: 'passed' }]);
  expect(() => reader.push('</wrong>')).toThrow(JunitError);
});

test('long names and messages are cut, never within a character', () => {
  const [only] = read(
    `<testsuite><testcase name="${'n'.repeat(600)}"><failure>${'😀'.repeat(9_000)}</failure></testcase></testsuite>`,
  );
  expect(only?.name).toBe(`${'n'.repeat(499)}…`);
  expect(only?.message?.length).toBeLessThanOrEqual(4_096);
  expect(only?.message?.isWellFormed()).toBe(true);
});

test('elements without end take no memory without end', () => {
  const reader = createJunitReader();
  expect(() => reader.push('<testsuite>\n'.repeat(2_000))).toThrow('line 1001: its elements are nested too deep');
});
