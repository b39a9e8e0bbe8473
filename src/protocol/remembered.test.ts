import { expect, test } from 'bun:test';
import { z } from 'zod';
import { remembered } from './remembered.ts';

const schema = z.object({ plan: remembered(z.object({ steps: z.array(z.string()) })) });

test('the same JSON is read once, and each other JSON for itself', () => {
  const first = schema.parse({ plan: { steps: ['a'] } });
  expect(first).toEqual({ plan: { steps: ['a'] } });
  expect(schema.parse({ plan: { steps: ['a'] } }).plan).toBe(first.plan);
  expect(schema.parse({ plan: { steps: ['b'] } }).plan).toEqual({ steps: ['b'] });
});

test('what does not fit is refused each time, with its place', () => {
  for (let time = 0; time < 2; time++) {
    const read = schema.safeParse({ plan: { steps: ['a', 1] } });
    expect(read.error?.issues[0]).toMatchObject({ path: ['plan', 'steps', 1], code: 'invalid_type' });
  }
  expect(schema.safeParse({}).success).toBe(false);
});
