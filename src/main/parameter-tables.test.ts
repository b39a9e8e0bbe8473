import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fillParameterTables, PAGES_WITH_TABLES } from './parameter-tables.ts';

const docs = resolve(import.meta.dir, '../../docs');

test.each(PAGES_WITH_TABLES)('docs/%s has the tables that npm run docs writes', (name) => {
  const page = readFileSync(join(docs, name), 'utf8');
  expect(page).toContain('<!-- parameters: ');
  expect(fillParameterTables(page)).toBe(page);
});

test('a type that is none', () => {
  expect(() => fillParameterTables('<!-- parameters: resource_type nope -->\n<!-- end -->')).toThrow('nope');
});
