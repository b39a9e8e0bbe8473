import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { functionReference } from './function-reference.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { parseConfig } from './parse.ts';

const functions = [...standardFunctions({ files: { read: () => ({ kind: 'missing' }), list: () => [] } }).values()];
const page = readFileSync(join(import.meta.dir, '../../docs/functions.md'), 'utf8');

test('docs/functions.md is what npm run docs writes', () => expect(functionReference(functions)).toBe(page));

test('every function has its place, and everything about it is told', () => {
  for (const { name, parameters, rest, result } of functions) {
    const section = page.split(`\n### ${name}\n`)[1]?.split('\n### ')[0] ?? '';
    expect(section).toContain(`\n\`${name}(`);
    expect(section).toContain('\n- Result: ');
    for (const parameter of [...parameters, ...(rest === undefined ? [] : [rest])]) {
      expect(section).toContain(`- \`${parameter.name}`);
      expect(parameter.doc).toMatch(/\.$/);
    }
    if (result !== undefined) expect(result).toMatch(/\.$/);
  }
});

test('examples are HCL', () => {
  const examples = [...page.matchAll(/^```hcl\n([\s\S]*?)^```/gm)].flatMap(([, code = '']) =>
    code.trimEnd().split('\n'),
  );
  expect(examples.length).toBeGreaterThan(functions.length);
  const wrong = examples.filter((line) => parseConfig(`x = ${line}\n`, 'p.hcl').diagnostics.length > 0);
  expect(wrong).toEqual([]);
});
