import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentVariables, readVariables } from './variables.ts';

const cwd = mkdtempSync(join(tmpdir(), 'pikoci-vars-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'a.json'), '{"a": 1, "b": ["x"]}');
writeFileSync(join(cwd, 'b.yaml'), 'a: two\nc:\n  d: true\n');
writeFileSync(join(cwd, 'c.hcl'), 'a = 1 + 2\ne = { f = "g" }\n');
writeFileSync(join(cwd, 'secret'), 'hunter2\n');
writeFileSync(join(cwd, 'list.json'), '[1]');
writeFileSync(join(cwd, 'block.hcl'), 'job "x" {}\n');

test.each([
  [[], [], {}],
  [['x=1', 'y=a=b', 'z='], [], { x: '1', y: 'a=b', z: '' }],
  [['x=@secret', 'y=@@home'], [], { x: 'hunter2', y: '@home' }],
  [['a=last'], ['a.json', 'b.yaml'], { a: 'last', b: ['x'], c: { d: true } }],
  [[], ['c.hcl'], { a: 3, e: { f: 'g' } }],
])('--var %p --vars %p', async (single, vars, values) => {
  expect(await readVariables({ var: single, vars, cwd })).toEqual(values);
});

test.each([
  [['novalue'], [], '--var: an argument without = is not name=value'],
  [['=x'], [], '--var: the name "" is not name=value'],
  [['a b=x'], [], '--var: the name "a b" is not name=value'],
  [['x=@missing'], [], 'cannot read missing: there is no such file'],
  [[], ['list.json'], 'list.json does not hold names and values'],
  [[], ['block.hcl'], 'Blocks have no place here'],
])('--var %p --vars %p is refused', async (single, vars, message) => {
  await expect(readVariables({ var: single, vars, cwd })).rejects.toThrow(message);
});

test('of the environment only what the pipeline declares is taken', async () => {
  const text = 'variable "a" {}\nvariable "b" {}\nlocals {\n  c = 1\n}\n';
  const env = { PIKOCI_VAR_a: 'one', PIKOCI_VAR_c: 'no', PIKOCI_VAR_d: 'no', a: 'no' };
  expect(await environmentVariables({ main: 'p.hcl', files: { 'p.hcl': text } }, env)).toEqual({ a: 'one' });
  // Its mistakes are told by whoever evaluates it.
  expect(await environmentVariables({ main: 'p.hcl', files: { 'p.hcl': `${text}job "x" {` } }, env)).toEqual({
    a: 'one',
  });
});
