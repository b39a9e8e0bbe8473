import { expect, test } from 'bun:test';
import { loadGood, loadText } from './load-fixture.ts';

const works: [forEach: string, jobs: string[]][] = [
  ['for_each = toset([])', []],
  ['for_each = {}', []],
  ['for_each = toset(["a", "b/c", "1.24"])', ['j--1.24', 'j--a', 'j--b-c']],
  ['for_each = toset([1, 2])', ['j--1', 'j--2']],
  ['for_each = { for v in ["Málaga", "x y"] : v => upper(v) }', ['j--Malaga', 'j--x-y']],
  ['for_each = { for v in ["aa", "ab", "b"] : substr(v, 0, 1) => v... }', ['j--a', 'j--b']],
  [
    'matrix {\n go = ["1", "2"]\n os = ["linux"]\n race = [true, false]\n}',
    ['j--1-linux-true', 'j--1-linux-false', 'j--2-linux-true', 'j--2-linux-false'],
  ],
  ['matrix { n = [1, 2.5, 1.0e1] }', ['j--1', 'j--2.5', 'j--10']],
];
test.each(works)('%s', async (forEach, jobs) => {
  const pipeline = await loadGood(`job "j" {\n${forEach}\n}`);
  expect(pipeline.jobs.map(({ name }) => name)).toEqual(jobs);
});

const wrong: [forEach: string, details: string[]][] = [
  ['for_each = null', ['"for_each" is null; for none at all write {}, or toset([]).']],
  [
    'for_each = ["a"]',
    ['The order of a list could change, and with it which job is which: write for_each = toset([…]).'],
  ],
  ['for_each = 3', ['"for_each" goes through a set or a map: toset(["a", "b"]) or { a = 1, b = 2 }.']],
  ['for_each = toset(["a b", "a-b"])', ['The keys "a b" and "a-b" would both name the job "j--a-b".']],
  ['for_each = toset(["日本"])', ['The key "日本" has no letter (a to z) or digit to name the job with.']],
  ['for_each = toset(["..."])', ['The key "..." has no letter (a to z) or digit to name the job with.']],
  [
    'for_each = toset([for n in range(501) : tostring(n)])',
    ['This makes 501 jobs; at most 500 are made of one block.'],
  ],
  [
    'for_each = toset([var.s])',
    ['"for_each" is stored and shown, so it must not be made from a secret or sensitive value.'],
  ],
];
test.each(wrong)('%s', async (forEach, details) => {
  const secret = 'variable "s" {\n sensitive = true\n default = "x"\n}\n';
  const { diagnostics } = await loadText(`${secret}job "j" {\n${forEach}\n}`);
  expect(diagnostics.map(({ detail }) => detail)).toEqual(details);
});

test('a job that waits for jobs of which there are none', async () => {
  const { diagnostics } = await loadText(
    'resource "git" "r" {\n params { url = "u" }\n}\njob "a" { for_each = {} }\njob "b" {\n get "git" "r" { passed = ["a"] }\n}',
  );
  expect(diagnostics.map(({ severity, detail }) => [severity, detail])).toEqual([
    ['warning', 'Its "for_each" or "matrix" has nothing in it, so no job is made of this block.'],
    [
      'warning',
      'The job "a" has a for_each without elements, so there is no job whose versions could have passed; this asks for nothing.',
    ],
  ]);
});
