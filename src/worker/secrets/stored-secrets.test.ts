import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { generateSealKey, seal } from '../../lib/system/seal.ts';
import type { VariableBinding } from '../../pipeline/plan.ts';
import { decodeRequest, encodeAnswer } from '../../protocol/codec.ts';
import type { SecretRequest, ServerAnswer } from '../../protocol/messages.ts';
import { deferred, grantOf, known, PLACE, plan, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';
import { createStoredSecrets } from './stored-secrets.ts';

const SECRET = 'hunter2-hunter2';
const work = { kind: 'build', attempt: 'a', fencing: 3 } as const;
const passing = new CodedError('queue.unreachable', 'not connected');

/** A queue on which each question gets the next answer. */
function answering(...answers: ((request: SecretRequest) => ServerAnswer)[]) {
  const asked: SecretRequest[] = [];
  const sealKey = generateSealKey();
  const secrets = createStoredSecrets({
    worker: 'w',
    sealKey,
    patienceMs: 1_000,
    queue: {
      async request(body) {
        const request = decodeRequest(body);
        if (request.kind !== 'secret') throw new Error('expected a question for a secret');
        asked.push(request);
        const answer = answers.shift();
        if (answer === undefined) throw passing;
        return encodeAnswer(answer(request));
      },
    },
  });
  return { asked, ask: (name: string, signal = new AbortController().signal) => secrets.of(work)(name, signal) };
}

const given = (request: SecretRequest): ServerAnswer => ({ kind: 'secret', sealed: seal(request.sealKey, SECRET) });
const fails = (): ServerAnswer => {
  throw passing;
};

test('it is asked for the work that is held, and opened', async () => {
  const { ask, asked } = answering(given);
  expect(await ask('token')).toBe(SECRET);
  expect(asked).toMatchObject([{ worker: 'w', work, name: 'token' }]);
});

test('a server that is away for a moment is asked again; one that stays away is said', async () => {
  const { ask, asked } = answering(fails, given);
  expect(await ask('token')).toBe(SECRET);
  expect(asked).toHaveLength(2);
  await expect(ask('token')).rejects.toMatchObject({
    code: 'secret.unreachable',
    message: expect.stringContaining('token'),
  });
});

test('what the server refuses is the error, and an end ends the asking', async () => {
  const problem = { code: 'secret.not_found', message: 'no secret token', hint: 'set it' };
  const { ask } = answering(() => ({ kind: 'refused', problem }));
  await expect(ask('token')).rejects.toMatchObject(problem);
  const end = new AbortController();
  const asking = ask('token', end.signal);
  end.abort(new CodedError('over', 'over'));
  await expect(asking).rejects.toMatchObject({ code: 'over' });
});

describe('in a build', () => {
  const secret = (path: string, key?: string): VariableBinding => ({
    kind: 'secret',
    type: 'pikoci',
    params: { path: known(path), ...(key !== undefined && { key: known(key) }) },
    at: PLACE,
  });
  const type = { name: 'pikoci', builtin: true, params: ['path', 'key'], config: {} };
  const variables = { token: secret('token'), user: secret('db', 'user'), pw: secret('db', 'login.password') };
  const build = (script: string, ...names: string[]) =>
    plan([task('1', script, { env: env(names) }), task('2', script, { env: env(names) })], {
      types: { secrets: { pikoci: type } },
      scope: { variables, locals: {} },
    });
  const env = (names: string[]) =>
    Object.fromEntries(names.map((name) => [name.toUpperCase(), deferred(`var.${name}`, `var.${name}`)]));

  test('each step gets the value of its moment, and both are masked; keys of one secret are asked for once', async () => {
    let count = 0;
    const storedSecret = async (name: string): Promise<string> => {
      count += 1;
      return name === 'token'
        ? `token-${count}`
        : JSON.stringify({ user: 'ada-', login: { password: SECRET } }, null, 2);
    };
    await using run = start(
      grantOf(build('echo $TOKEN $USER $PW; echo token-1 token-2 token-3', 'token', 'user', 'pw')),
      {
        storedSecret,
      },
    );
    expect((await run.done).outcome).toBe('succeeded');
    expect(run.log('1')).toMatch(/^\*\*\* \*\*\* \*\*\*\n\*\*\* token-2 token-3\n$/);
    expect(run.log('2')).toBe('*** *** ***\n*** token-2 ***\n');
    expect(count).toBe(4);
  });

  const account = `{ "user": "ada-",\n "number": 10000000000000001 }`;
  test.each([
    ['an object has its fields', account, undefined, 'var.whole.user', 'ada-'],
    ['an object is a text where one is declared', account, 'string', 'var.whole', account],
    ['a list has its elements', '["first-one", "second-one"]', undefined, 'var.whole[1]', 'second-one'],
    ['what only looks like one is a text', '{ token }', undefined, 'var.whole', '{ token }'],
    ['a number is a text', '0123456', undefined, 'var.whole', '0123456'],
    ['a lone value needs no key', '{"value": "just-this"}', undefined, 'var.whole', 'just-this'],
  ])('without a key: %s, as from a file', async (_name, kept, valueType, expression, value) => {
    const whole = { ...secret('account'), ...(valueType !== undefined && { valueType }) };
    const steps = [task('1', 'printf %s "$X" > x; echo "$X"', { env: { X: deferred(expression, 'var.whole') } })];
    const of = plan(steps, { types: { secrets: { pikoci: type } }, scope: { variables: { whole }, locals: {} } });
    await using run = start(grantOf(of), { storedSecret: async () => kept });
    expect((await run.done).outcome).toBe('succeeded');
    expect(readFileSync(join(run.workDir, 'x'), 'utf8')).toBe(value);
    expect(run.log('1').trim()).toMatch(/^\*\*\*$/);
  });

  test.each([
    ['no server', undefined, 'secret.no_server', /no.*server|here is none/],
    ['no JSON', async (): Promise<string> => SECRET, 'secret.no_fields', /no JSON object/],
    ['no such key', async (): Promise<string> => `{"pass": "${SECRET}"}`, 'secret_key_missing', /no key "user"/],
  ] as const)(
    '%s: the step errs, names the variable, and never says the value',
    async (_name, storedSecret, code, says) => {
      await using run = start(grantOf(build('true', 'user')), storedSecret === undefined ? {} : { storedSecret });
      expect((await run.done).outcome).toBe('errored');
      expect(run.problem('1')?.code).toBe(code);
      expect(run.problem('1')?.message).toMatch(says);
      expect(run.problem('1')?.message).toContain('variable user');
      expect(JSON.stringify(run.events)).not.toContain(SECRET);
    },
  );
});

describe('a token that says which build it is', () => {
  const idToken = async (audience: string): Promise<string> => `header.${audience}.signature`;

  test('is in the environment of the task that asks, for the one it names, and masked', async () => {
    const aud = deferred('"https://${build.job}.example.com"', 'build.job');
    const steps = [task('1', 'echo "$PIKOCI_ID_TOKEN"', { idToken: aud }), task('2', 'echo "${PIKOCI_ID_TOKEN-none}"')];
    await using run = start(grantOf(plan(steps)), { idToken });
    expect((await run.done).outcome).toBe('succeeded');
    expect(run.log('1')).toBe('***\n');
    expect(run.log('2')).toBe('none\n');
  });

  test('is the value of a secret, which other secrets may need', async () => {
    const type = { name: 'id_token', builtin: true, params: ['aud'], config: {}, server: 'id_token' as const };
    const jwt: VariableBinding = { kind: 'secret', type: 'id_token', params: { aud: known('vault') }, at: PLACE };
    const check = 'test "$JWT" = header.vault.signature && echo "$JWT"';
    const steps = [task('1', check, { env: { JWT: deferred('var.jwt', 'var.jwt') } })];
    const of = plan(steps, { types: { secrets: { id_token: type } }, scope: { variables: { jwt }, locals: {} } });
    await using run = start(grantOf(of), { idToken });
    expect((await run.done).outcome).toBe('succeeded');
    expect(run.log('1')).toBe('***\n');
  });

  test('without a server there is none, which is said', async () => {
    await using run = start(grantOf(plan([task('1', 'true', { idToken: known('x') })])));
    expect((await run.done).outcome).toBe('errored');
    expect(run.problem('1')?.code).toBe('id_token.no_server');
  });
});
