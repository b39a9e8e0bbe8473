/** docs/diagnostics.md: every code that is given somewhere in the language is explained there, and each example gives its code. */
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadPipeline } from '../pipeline/load.ts';
import { noFetching, SOURCE_KINDS } from '../pipeline/source.ts';
import { builtins } from './catalogue.ts';

const root = resolve(import.meta.dir, '../..');
const page = readFileSync(join(root, 'docs/diagnostics.md'), 'utf8');

const entries = page
  .split(/^### /m)
  .slice(1)
  .map((entry) => ({
    code: /^`([a-z0-9-]+)`/.exec(entry)?.[1] ?? entry,
    example: /^```hcl\n(.*?)^```$/ms.exec(entry)?.[1],
  }));

/** What the page says that the module of its examples is. */
const MODULE = 'variable "version" {\n  type = string\n}\n';

/** Said outside of one file, or about what no page can show. */
const WITHOUT_EXAMPLE = [
  ...['extra-after-expression', 'no-main-file', 'no-value-yet', 'stray-carriage-return', 'text-too-long'],
  ...['unused-value', 'wrong-source', 'heredoc-without-line-end'],
  ...['too-deep'],
  ...['broken-lock', 'lock-disagrees', 'lock-mismatch', 'not-locked', 'too-many-sources'],
];

/** Codes as the sources have them: after `errorDiagnostic(` and its like. Those made of parts are named here. */
function codesInSources(): Set<string> {
  const codes = new Set<string>([
    ...SOURCE_KINDS.map((kind) => `unknown-${kind.replace('_', '-')}`),
    ...['var', 'local', 'get', 'task', 'build', 'each', 'module'].map((name) => `unknown-${name}`),
    ...['duplicate-step', 'environment-clash'],
  ]);
  for (const room of ['src/hcl', 'src/pipeline']) {
    for (const file of readdirSync(join(root, room))) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      const text = readFileSync(join(root, room, file), 'utf8');
      const given =
        /\b(?:errorDiagnostic|warningDiagnostic|loading\.error|loading\.warning|failed|message|failUnexpected)\(\s*'([a-z0-9]+(?:-[a-z0-9]+)*)'|\bcode: '([a-z0-9]+(?:-[a-z0-9]+)+)'/g;
      for (const match of text.matchAll(given)) codes.add(match[1] ?? match[2] ?? '');
    }
  }
  return codes;
}

test('every code that is given is on the page, once', () => {
  const onPage = entries.map(({ code }) => code);
  expect(onPage.filter((code, at) => onPage.indexOf(code) !== at)).toEqual([]);
  expect([...codesInSources()].filter((code) => !onPage.includes(code))).toEqual([]);
});

test('only what cannot be shown has no example', () => {
  const without = entries.filter(({ example }) => example === undefined).map(({ code }) => code);
  expect(without.sort()).toEqual(WITHOUT_EXAMPLE.sort());
});

test.each(entries.filter(({ example }) => example !== undefined))('the example of $code', async ({ code, example }) => {
  const bundle = { main: 'p.hcl', files: { 'p.hcl': example ?? '', 'parts/go.hcl': MODULE } };
  const { diagnostics } = await loadPipeline({ bundle, variables: {}, sources: noFetching, builtins });
  expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
});
