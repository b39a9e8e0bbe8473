import { expect, test } from 'bun:test';
import { noFetching } from '../pipeline/source.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { PipelineDocument } from './document.ts';
import { fewBuiltins, marked, withMarks } from './marked-text.fixture.ts';

function diagnosisOf(text: string, files: Readonly<Record<string, string>> = {}): Promise<Diagnosis> {
  const document = new PipelineDocument({ file: 'p.hcl', text, builtins: fewBuiltins });
  return diagnose({
    bundle: { main: 'p.hcl', files: { 'p.hcl': document.text, ...files } },
    body: document.body,
    syntaxDiagnostics: document.syntaxDiagnostics,
    builtins: fewBuiltins,
    sources: noFetching,
    resolved: new Map(),
  });
}

const cases: [title: string, source: string, ...codes: string[]][] = [
  ['a wrong name', 'resource "cron" "a" {\n  «tgs» = []\n}', 'unknown-attribute'],
  ['behind what one sees as one character', 'locals {\n  a = "🏳️‍🌈e\u0301${«local.b»}"\n}', 'unknown-local'],
  ['what is missing at the end of a line', 'resource "cron" "a" {\n  tags  «=»\n}', 'missing-expression'],
  ['a variable without a value is right', 'variable "a" {}\nlocals {\n  b = var.a\n}'],
  ['a file of values for variables', 'a = 1\nb = "x"\n'],
  ['a file of something else', 'source "docker" "x" {}\nbuild {\n  anything = 1\n}'],
  ['one that cannot be read', 'a = «"»x\n', 'unclosed-string'],
  ['a misspelt block alone in a new file', '«jbo» "a" {\n}', 'unknown-block'],
  ['nothing at all', ''],
  [
    'what nothing uses',
    '«variable "a"» {\n  default = 1\n}\njob "b" {\n  task "t" {\n    run "exec" { path = "x" }\n  }\n}',
    'unused-variable',
  ],
  ['a file of a type: others use it', 'runner_type "nix" {\n  run { path = "nix" }\n}'],
  [
    'a module: others call it',
    'variable "a" {}\njob "b" {\n  task "t" {\n    run "exec" { path = "x" }\n  }\n}\noutput "o" { value = 1 }',
  ],
  ['a byte order mark', '\ufeff«jbo» "a" {\n}', 'unknown-block'],
];
test.each(cases)('%s', async (_, source, ...codes) => {
  const { text, spans } = marked(source);
  const { diagnostics } = await diagnosisOf(text);
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  expect(
    withMarks(
      text,
      diagnostics.map(({ span }) => span),
    ),
  ).toBe(withMarks(text, spans));
});

test('a mistake in another file is placed there', async () => {
  const { diagnostics } = await diagnosisOf('resource_type "a" {\n  source = "./b.hcl"\n}', {
    'b.hcl': 'resource_type "b" {\n  chek "exec" {}\n}',
  });
  expect(diagnostics.map(({ file, code, suggestion }) => [file, code, suggestion])).toEqual([
    ['b.hcl', 'unknown-block', 'check'],
  ]);
  expect(diagnostics[0]?.message).toContain('Did you mean "check"?');
});
