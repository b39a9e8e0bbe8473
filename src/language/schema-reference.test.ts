import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockReference } from './schema-reference.ts';

test('docs/blocks.md is what npm run docs writes', () => {
  expect(blockReference()).toBe(readFileSync(join(import.meta.dir, '../../docs/blocks.md'), 'utf8'));
});
