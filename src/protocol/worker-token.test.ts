import { expect, test } from 'bun:test';
import { CodedError } from '../lib/coded-error.ts';
import { readWorkerToken, type WorkerCredentials, workerTokenText } from './worker-token.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const credentials: WorkerCredentials = { version: 1, jwt: 'a.b.c', seed: key, serverKey: key, serverSealKey: key };

test('what is written is read', () => {
  const token = workerTokenText(credentials);
  expect(token).toMatch(/^pkw_[\w-]+$/);
  expect(readWorkerToken(token)).toEqual(credentials);
});

const whole = workerTokenText(credentials);
test.each([
  ['of another kind', 'pko_abc', 'it does not begin with pkw_'],
  ['cut off', whole.slice(0, -20), 'it is cut off or changed'],
  ['of a later version', `pkw_${Buffer.from('{"version":2}').toString('base64url')}`, 'a form that this version knows'],
])('one that is %s says so, and nothing of itself', (_, token, why) => {
  let error: unknown;
  try {
    readWorkerToken(token);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(CodedError);
  expect(error).toMatchObject({ code: 'token.malformed', message: expect.stringContaining(why) });
  expect(String(error)).not.toContain(token.slice(4));
});
