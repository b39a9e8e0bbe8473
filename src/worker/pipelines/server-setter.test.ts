import { expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import { generateSealKey, open } from '../../lib/system/seal.ts';
import { decodeRequest, encodeAnswer } from '../../protocol/codec.ts';
import type { ServerAnswer } from '../../protocol/messages.ts';
import { Interrupt } from '../engine/interrupt.ts';
import { grantOf, plan } from '../testing/plans.ts';
import { createServerSetter } from './server-setter.ts';

const WANTED = {
  pipeline: 'deploy',
  bundle: { main: 'p.hcl', files: { 'p.hcl': '' } },
  variables: { region: 'eu' },
  sensitive: { token: 'hunter2' },
};
const PLAN = { team: 'main', name: 'deploy', changed: true, changes: [], files: [], warnings: ['warning: x\n'] };
const SET: ServerAnswer = { kind: 'pipeline_set', plan: PLAN, revision: 3, created: false, changed: true };

type Answer = ServerAnswer | CodedError;

function world(...answers: Answer[]) {
  const key = generateSealKey();
  const grant = { ...grantOf(plan([])), replyKey: key.publicKey };
  const bodies: Uint8Array[] = [];
  const queue = {
    request: async (body: Uint8Array) => {
      bodies.push(body);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof CodedError) throw answer;
      return encodeAnswer(answer as ServerAnswer);
    },
  };
  const setter = createServerSetter({ queue, worker: 'w', describeChanges: () => ['1 to create'] });
  const set = (signal = new AbortController().signal) => setter.set(WANTED, grant, signal);
  return { key, bodies, set };
}

test('it asks as the build it runs, with sensitive values sealed', async () => {
  const { key, bodies, set } = world(SET);
  expect(await set()).toEqual({
    kind: 'done',
    lines: ['warning: x', '1 to create', 'pipeline deploy is set, at revision 3 now'],
  });
  const [body] = bodies;
  expect(Buffer.from(body ?? []).toString()).not.toContain('hunter2');
  const request = decodeRequest(body ?? new Uint8Array());
  if (request.kind !== 'set_pipeline') throw new Error(`asked ${request.kind}`);
  expect(request).toMatchObject({ worker: 'w', fencing: 1, pipeline: 'deploy', variables: { region: 'eu' } });
  expect(open(key, request.sealed ?? '')).toEqual({ token: 'hunter2' });
});

test('what was made, and what was as it is', async () => {
  const said = async (more: object) => (await world({ ...SET, ...more } as ServerAnswer).set()).lines.at(-1);
  expect(await said({ created: true, revision: 1 })).toBe('pipeline deploy is made, at revision 1');
  expect(await said({ changed: false })).toBe('pipeline deploy is as it is to be, at revision 3: nothing changes');
});

test('a refusal has the messages about the file', async () => {
  const problem = { code: 'pipeline.invalid', message: 'm' };
  const { set } = world({ kind: 'refused', problem, rendered: 'error: a\n  b\n' });
  expect(await set()).toEqual({ kind: 'refused', problem, lines: ['error: a', '  b'] });
});

test('it asks again where nobody answered, and not where asking is no use', async () => {
  const again = world(new CodedError('queue.unreachable', 'away'), SET);
  expect((await again.set()).kind).toBe('done');
  expect(again.bodies).toHaveLength(2);
  const large = world(new CodedError('queue.too_large', 'too large'));
  await expect(large.set()).rejects.toMatchObject({ code: 'queue.too_large' });
  const stopped = new AbortController();
  stopped.abort(new Interrupt('cancelled'));
  await expect(world(new CodedError('queue.timeout', 'slow')).set(stopped.signal)).rejects.toBe(stopped.signal.reason);
});
