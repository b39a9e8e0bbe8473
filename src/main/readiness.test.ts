import { expect, test } from 'bun:test';
import { createReadiness } from './readiness.ts';

async function ask(readiness: ReturnType<typeof createReadiness>, path: string): Promise<string | undefined> {
  const answer = await readiness.answer(path);
  return answer && `${answer.status} ${await answer.text()}`;
}

test('ready while the database answers; not while it does not, or when others are to be asked', async () => {
  let database = (): Promise<unknown> => Promise.resolve(1);
  const readiness = createReadiness(() => database());
  expect(await ask(readiness, '/readyz')).toBe('200 {"status":"ready"}');
  database = () => Promise.reject(new Error('it is gone'));
  expect(await ask(readiness, '/readyz')).toBe('503 {"status":"not ready","reason":"database: it is gone"}');
  expect(await ask(readiness, '/healthz')).toBe('200 {"status":"alive"}');
  database = () => Promise.resolve(1);
  readiness.refuse('draining');
  expect(await ask(readiness, '/readyz')).toBe('503 {"status":"not ready","reason":"draining"}');
  expect(readiness.answer('/')).toBeUndefined();
});
