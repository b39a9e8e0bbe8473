import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { readWorkerToken, workerBearer } from '../../protocol/worker-token.ts';
import { deriveKey } from '../secrets/derive-key.ts';
import { createWorkerTokens } from './worker-tokens.ts';

const YEAR = 365 * 86_400_000;
let now = 1_800_000_000_000;
const clock = { now: () => now };
const secret = randomBytes(32);
const tokens = createWorkerTokens(secret, clock);
const made = async (limits: Parameters<typeof tokens.make>[0] = { expiresAt: now + YEAR }) =>
  readWorkerToken((await tokens.make(limits)).token);

test('a token is known by every server of the secret, with the limits it was made with', async () => {
  const credentials = await made({ expiresAt: now + YEAR, team: 'blue', tags: ['gpu'] });
  const other = createWorkerTokens(secret, clock);
  const judged = await other.judge(credentials.jwt, 'w1');
  expect(judged).toMatchObject({ from: { team: 'blue', tags: ['gpu'], expiresAt: now + YEAR } });
  expect(credentials.serverKey).toBe(other.identity.signing.publicKey);
  expect(credentials.serverSealKey).toBe(other.identity.sealing.publicKey);
  expect(await other.senderOf(workerBearer(credentials, 'w1'))).toMatchObject({ team: 'blue' });
});

test('workers that share a token are told apart, and none is called as one of another token', async () => {
  const [first, second] = [await made(), await made()];
  const idOf = async (jwt: string, worker: string): Promise<string> => {
    const judged = await tokens.judge(jwt, worker);
    return 'from' in judged ? judged.from.worker : judged.refused;
  };
  const ids = [await idOf(first.jwt, 'w1'), await idOf(first.jwt, 'w2'), await idOf(second.jwt, 'w1')];
  expect(new Set(ids).size).toBe(3);
  expect(await idOf(first.jwt, 'w1')).toBe(ids[0] ?? '');
  expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test('one that has expired, of another server, changed, or without an end is refused with the reason', async () => {
  const { jwt } = await made({ expiresAt: now + 1_000 });
  const notOurs = { refused: 'the worker token is not one of this server' };
  expect(await createWorkerTokens(randomBytes(32), clock).judge(jwt, 'w')).toEqual(notOurs);
  expect(await tokens.judge(`${jwt.slice(0, -2)}xx`, 'w')).toEqual(notOurs);
  expect(await tokens.judge('', 'w')).toEqual(notOurs);
  const [, payload, signature] = jwt.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  expect(await tokens.judge(`${none}.${payload}.${signature}`, 'w')).toEqual(notOurs);
  expect(await tokens.judge(`${none}.${payload}.`, 'w')).toEqual(notOurs);
  const endless = await new SignJWT({ key: 'k' })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('pikoci worker')
    .setJti('j')
    .sign(deriveKey(secret, 'worker tokens 1'));
  expect(await tokens.judge(endless, 'w')).toEqual(notOurs);
  now += 2_000;
  expect(await tokens.judge(jwt, 'w')).toEqual({ refused: 'the worker token has expired' });
  expect(await tokens.senderOf(`${jwt}~w`)).toHaveProperty('refused');
});

test.each(['', 'abc', 'a.b.c', 'a.b.c~', 'a.b.c~w w', `a.b.c~${'w'.repeat(65)}`])(
  '%p is no token to show',
  async (bearer) => {
    expect(await tokens.senderOf(bearer)).toHaveProperty('refused');
  },
);

test('one that was revoked is refused, and says so', async () => {
  const { token, id } = await tokens.make({ expiresAt: now + YEAR });
  const strict = createWorkerTokens(secret, clock, (one) => one === id);
  const shown = workerBearer(readWorkerToken(token), 'w1');
  expect(await tokens.senderOf(shown)).toMatchObject({ token: id });
  expect(await strict.senderOf(shown)).toEqual({ refused: 'the worker token was revoked' });
  expect(await strict.senderOf(workerBearer(await made(), 'w1'))).toHaveProperty('worker');
});
