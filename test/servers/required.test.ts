import { expect, test } from 'bun:test';
import { isRequired } from './required.ts';

test.each([
  ['docker', undefined, false],
  ['docker', '', false],
  ['docker', 'all', true],
  ['docker', 'postgres, docker', true],
  ['docker', 'postgres', false],
] as const)('%p with PIKOCI_TEST_REQUIRE=%p: %p', (server, list, required) => {
  expect(isRequired(server, list)).toBe(required);
});
