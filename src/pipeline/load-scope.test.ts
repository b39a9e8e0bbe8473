import { describe, expect, test } from 'bun:test';
import { evaluate } from '../hcl/evaluate.ts';
import { parseExpression } from '../hcl/parse.ts';
import { valueText } from '../hcl/value-text.ts';
import { loadScope } from './load-scope.ts';
import { noFetching } from './source.ts';

const TEXT = `
variable "env" { default = "prod" }
variable "tags" {
  type    = list(string)
  default = [1, 2]
}
variable "password" {
  sensitive = true
  default   = "swordfish"
}
locals {
  name = "app-\${var.env}"
  url  = "https://\${var.password}@example.com"
  id   = build.number
}
module "part" {
  source = "part.hcl"
  a      = "x"
}
job "this is not looked into" { nonsense = }
`;

const PART = 'variable "a" {}\noutput "twice" { value = "${var.a}${var.a}" }\n';

const load = (text: string, variables = {}) =>
  loadScope({
    bundle: { main: 'pipeline.hcl', files: { 'pipeline.hcl': text, 'part.hcl': PART } },
    variables,
    sources: noFetching,
    builtins: { find: () => undefined, names: () => [] },
  });

describe('variables and locals have their values', () => {
  const loaded = load(TEXT.replace('nonsense =', ''), { env: 'test' });
  for (const [source, text] of [
    ['local.name', '"app-test"'],
    ['var.tags', 'tolist([\n  "1",\n  "2",\n])'],
    ['var.password', '(sensitive)'],
    ['local.url', '(sensitive)'],
    ['can(tonumber(var.password))', '(sensitive)'],
    ['local.id', '(number, known at run time)'],
    ['module.part.twice', '"xx"'],
  ] as const) {
    test(source, async () => {
      const { scope } = await loaded;
      expect(valueText(evaluate(parseExpression(source, 'test').expression, scope).value)).toBe(text);
    });
  }
});

test('what cannot be read is said, of any block; what a block means only of variables and locals', async () => {
  expect((await load(TEXT)).diagnostics.map(({ code }) => code)).toEqual(['missing-expression']);
  expect((await load('job "x" { nonsense = 1 }')).diagnostics).toEqual([]);
  expect((await load('locals { a = local.b }')).diagnostics.map(({ code }) => code)).toEqual(['unknown-local']);
});

test('mistakes elsewhere stop nothing, and what has no value for a mistake says so', async () => {
  const broken = 'variable "a" { default = "x" }\nlocals {\n  b = "y${var.a}"\n  c = nope\n  d = local.c\n}\n';
  const { scope, diagnostics } = await load(`${broken}module "m" { source = "gone.hcl" }\njob "j-${'$'}{var.a}" {}\n`);
  expect(diagnostics.map(({ code }) => code).sort()).toEqual([
    'source-not-found',
    'template-in-label',
    'unknown-variable',
  ]);
  const ask = (source: string) => evaluate(parseExpression(source, 'test').expression, scope);
  expect(valueText(ask('local.b').value)).toBe('"yx"');
  for (const source of ['local.c', 'upper(local.d)', 'module.m.image', '[for x in ["q"] : local.d]']) {
    expect(ask(source).diagnostics.map(({ code }) => code)).toEqual(['no-value']);
  }
});

test('a name that means nothing gets the message of a pipeline', async () => {
  const { scope } = await load(TEXT.replace('nonsense =', ''));
  const { diagnostics } = evaluate(parseExpression('BUILD_ID', 'test').expression, scope);
  expect(diagnostics.map(({ code }) => code)).toEqual(['shell-variable']);
});
