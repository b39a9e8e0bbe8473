import { expect, test } from 'bun:test';
import { loadText, messagesOf } from './load-fixture.ts';

const call = (more = ''): string => `module "m" {\n source = "m.hcl"\n${more}}`;
const wrong: [name: string, text: string, module: string, messages: string[]][] = [
  ['no source', 'module "m" {}', '', ['1 missing-attribute']],
  ['no such file', 'module "m" { source = "n.hcl" }', '', ['1 source-not-found (m.hcl)']],
  ['a file outside', 'module "m" { source = "../m.hcl" }', '', ['1 source-not-found']],
  ['a computed source', 'locals { s = "m.hcl" }\nmodule "m" { source = local.s }', '', ['2 name-not-here']],
  ['a module of pikoci', 'module "m" { source = "pikoci://m" }', '', ['1 unknown-builtin']],
  ['another sum', call(' sha256 = "00"\n'), '', ['3 sha256-mismatch']],
  ['twice', `${call()}\n${call()}`, '', ['4 duplicate-name']],
  ['unknown input', call(' vresion = 1\n'), 'variable "version" { default = 1 }', ['3 unknown-input (version)']],
  ['misspelt input', call(' vresion = 1\n'), 'variable "version" {}', ['3 unknown-input (version)']],
  ['missing input', call(), 'variable "version" {}', ['1 missing-input']],
  ['input of another type', call(' n = "x"\n'), 'variable "n" { type = number }', ['3 wrong-type']],
  ['a block in a call', call(' params {}\n'), '', ['3 unknown-block']],
  ['a variable named source', call(), 'variable "source" { default = 1 }', ['1 bad-name']],
  [
    'unknown output',
    `${call()}\nlocals { a = module.m.lable }`,
    'output "label" { value = 1 }',
    ['4 missing-attribute (label)'],
  ],
  ['unknown module', 'locals { a = module.x.y }', '', ['1 unknown-module']],
  ['output without a value', call(), 'output "a" {}', ['1 missing-attribute']],
  ['outputs of one name', call(), 'output "a" { value = 1 }\noutput "a" { value = 1 }', ['2 duplicate-name']],
  ['an output of the pipeline itself', 'output "a" { value = 1 }', '', ['w1 useless-output']],
  ['a circle', call(), 'module "again" { source = "m.hcl" }', ['1 circle']],
  ['a circle through values', call(' a = module.m.b\n'), 'variable "a" {}\noutput "b" { value = var.a }', ['1 circle']],
  ['the caller names the module', `job "m--j" {}\n${call()}`, 'job "j" {}', ['1 duplicate-name']],
  ['a name of the caller', call(), 'locals { a = var.outer }', ['1 unknown-var']],
  ['for_each that is a list', call(' for_each = ["a"]\n'), '', ['3 wrong-type']],
  ['for_each that is known too late', call(' for_each = build.number\n'), '', ['3 not-known-yet']],
  [
    'unknown job in passed',
    call(),
    'job "j" {\n get "git" "r" { passed = ["k"] }\n}\nresource "git" "r" {\n params { url = "u" }\n}',
    ['2 unknown-job'],
  ],
  [
    'an input that only a run knows, where it is needed now',
    call(' n = build.number\n'),
    'variable "n" {}\nresource "git" "r" {\n params { url = var.n }\n}\njob "j" { concurrency = var.n }',
    ['3 name-not-here', '5 not-known-yet'],
  ],
  [
    'an output that only a run knows',
    `${call(' n = build.number\n')}\nresource "git" "r" {\n params { url = module.m.n }\n}`,
    'variable "n" {}\noutput "n" { value = var.n }',
    ['6 name-not-here'],
  ],
];
for (const [name, text, module, messages] of wrong) {
  test(`modules, mistakes: ${name}`, async () => {
    expect(await messagesOf(text, { files: { 'm.hcl': module } })).toEqual(messages);
  });
}

test('what is said in full', async () => {
  const text = `
module "a" {
  source = "a.hcl"
  knd    = 1
}
module "b" { source = "b.hcl" }
module "c" {
  source = "c.hcl"
  n      = module.d.n
}
module "d" {
  source = "c.hcl"
  n      = local.n
}
locals { n = module.c.n }
`;
  const { diagnostics } = await loadText(text, {
    files: {
      'a.hcl':
        'variable "kind" { type = string }\njob "x" {\n task "t" {}\n}\nmodule "inner" { source = "inner.hcl" }\n',
      'inner.hcl': 'locals { a = lcal.b }\n',
      'b.hcl': 'module "again" { source = "again.hcl" }',
      'again.hcl': 'module "b" { source = "b.hcl" }',
      'c.hcl': 'variable "n" {}\noutput "n" { value = var.n }',
    },
  });
  expect(diagnostics.map(({ detail, subject }) => `${subject?.file} ${subject?.start.line}: ${detail}`)).toEqual([
    'p.hcl 4: The module "a" has no input "knd".',
    'p.hcl 15: These need each other, so none of them has a value: local.n → module.c → module.d → local.n.',
    'a.hcl 3: The task "t" needs a "run" block: run "exec" { path = "make" args = ["test"] }. In module "a" (p.hcl, line 2).',
    'again.hcl 1: A module must not bring in itself, for that would never end: b.hcl → again.hcl → b.hcl. In module "again" (b.hcl, line 1) of module "b" (p.hcl, line 6).',
    'inner.hcl 1: There is no variable named "lcal". In module "inner" (a.hcl, line 5) of module "a" (p.hcl, line 2).',
  ]);
});

test('modules that multiply end in a message', async () => {
  const level = (next: number): string =>
    Array.from({ length: 10 }, (_, at) => `module "m${at}" { source = "${next}.hcl" }`).join('\n');
  const files: Record<string, string> = { '9.hcl': '' };
  for (let at = 0; at < 9; at += 1) files[`${at}.hcl`] = level(at + 1);
  const { diagnostics } = await loadText(level(0), { files });
  expect(diagnostics.map(({ code }) => code)).toEqual(['too-many-modules']);
});

test('modules that go too deep end in a message', async () => {
  const files: Record<string, string> = {};
  for (let at = 0; at < 12; at += 1) files[`${at}.hcl`] = `module "m" { source = "${at + 1}.hcl" }`;
  expect(await messagesOf('module "m" { source = "0.hcl" }', { files })).toEqual(['1 too-deep']);
});
