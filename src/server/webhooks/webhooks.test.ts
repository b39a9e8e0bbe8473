import { expect, test } from 'bun:test';
import examples from '@octokit/webhooks-examples';
import { CodedError } from '../../lib/coded-error.ts';
import { newId, type RepositoryId } from '../../lib/ids.ts';
import type { DeliveryRecord } from '../../store/repository-store.ts';
import type { TestServer } from '../test-server.fixture.ts';
import { addRepository, type Hooked, pushBody, sendHook, startWebhookServer, type Told } from './webhooks.fixture.ts';

const commitsOf = (told: readonly Told[]): (string | undefined)[] =>
  told.map(({ event }) => (event.kind === 'push' ? event.commit?.hash.replace(/0+$/, '') : event.kind));

const deliveries = async ({ store }: TestServer, { repository }: Hooked): Promise<readonly DeliveryRecord[]> =>
  (await store.listDeliveries(repository.id, { limit: 1_000 })).items;

const allEnded = (world: TestServer, hooked: Hooked, count: number) =>
  world.until('webhooks are worked through', async () => {
    const found = await deliveries(world, hooked);
    return found.length === count && found.every(({ status }) => status !== 'pending') ? found : undefined;
  });

test('a signed push is kept, answered, and becomes builds; what became of it is told', async () => {
  const told: Told[] = [];
  await using world = await startWebhookServer((one) => void told.push(one));
  const hooked = await addRepository(world);
  const answer = await sendHook(world, hooked, pushBody('a1', 'feature/x'), { delivery: 'd1' });
  expect([answer.status, await answer.json()]).toEqual([202, { accepted: true }]);
  const [delivery] = await allEnded(world, hooked, 1);
  expect(delivery).toMatchObject({ deliveryId: 'd1', event: 'push', status: 'done', tries: 1 });
  expect(delivery?.outcome).toEqual({ builds: [{ id: delivery?.id ?? '', text: 'hello-world/image #1' }], notes: [] });
  expect(told).toMatchObject([{ event: { kind: 'push', branch: 'feature/x' }, delivery: { id: delivery?.id } }]);
  // What the forge calls the repository now is what we call it.
  expect(await world.store.getRepository(hooked.repository.id)).toMatchObject({
    webUrl: 'https://github.com/Codertocat/Hello-World',
  });
});

test('a wrong signature, none, another secret and an address that is not there are answered alike, and nothing is kept', async () => {
  const told: Told[] = [];
  await using world = await startWebhookServer((one) => void told.push(one));
  const [hooked, other] = [await addRepository(world), await addRepository(world, '2')];
  const nowhere = { ...hooked, repository: { ...hooked.repository, id: newId<RepositoryId>() } };
  const off = await addRepository(world, '3');
  await world.store.changeRepository(off.repository.id, { active: false });
  const body = pushBody('a1');
  const answers = [
    await sendHook(world, hooked, body, { secret: other.secret }),
    await sendHook(world, hooked, body, { headers: { 'x-hub-signature-256': '' } }),
    await sendHook(world, hooked, body, { headers: { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` } }),
    await sendHook(world, { ...hooked, repository: other.repository }, body),
    await sendHook(world, nowhere, body),
    await sendHook(world, { ...hooked, repository: { ...hooked.repository, id: 'x' as RepositoryId } }, body),
    await sendHook(world, off, body),
  ];
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
  expect(new Set(texts).size).toBe(1);
  for (const one of [hooked, other, off]) expect(await deliveries(world, one)).toEqual([]);
  // Guessing is slowed down; who signs rightly is not.
  const last = await Promise.all(
    Array.from({ length: 30 }, () => sendHook(world, hooked, body, { secret: other.secret })),
  );
  expect(last.at(-1)?.status).toBe(429);
  expect((await sendHook(world, hooked, body)).status).toBe(202);
  await allEnded(world, hooked, 1);
});

test('what is sent a second time does nothing, whatever it is called', async () => {
  const told: Told[] = [];
  await using world = await startWebhookServer((one) => void told.push(one));
  const hooked = await addRepository(world);
  const body = pushBody('a1');
  for (const delivery of ['d1', 'd1', 'a stranger calls it otherwise']) {
    expect((await sendHook(world, hooked, body, { delivery })).status).toBe(202);
  }
  expect((await sendHook(world, hooked, pushBody('a2'), { delivery: 'd1' })).status).toBe(202);
  await allEnded(world, hooked, 1);
  expect(commitsOf(told)).toEqual(['a1']);
});

test('everything that GitHub may send is taken; what is about nothing we build says why', async () => {
  const told: Told[] = [];
  await using world = await startWebhookServer((one) => void told.push(one));
  const hooked = await addRepository(world);
  const all = examples.flatMap(({ name, examples: bodies }) => bodies.map((body) => [name, body] as const));
  const bodies = new Set(all.map(([, body]) => JSON.stringify(body)));
  for (const [event, body] of all) {
    expect((await sendHook(world, hooked, JSON.stringify(body), { event })).status).toBe(202);
  }
  const found = await allEnded(world, hooked, bodies.size);
  expect(found.filter(({ status }) => status === 'failed')).toEqual([]);
  for (const { outcome } of found) expect([...(outcome?.notes ?? []), ...(outcome?.builds ?? [])]).toHaveLength(1);
  expect(new Set(told.map(({ event }) => event.kind))).toEqual(new Set(['push', 'tag', 'pull_request', 'repository']));
});

test('of a repository they come in their order; what does not answer is tried again, and the others go on', async () => {
  const told: Told[] = [];
  let down = true;
  await using world = await startWebhookServer((one) => {
    if (down && one.repository.forgeId === '1') {
      down = false;
      throw new CodedError('forge.unreachable', 'it does not answer');
    }
    if (one.event.kind === 'push' && one.event.branch === 'bad') throw new CodedError('forge.no_right', 'no');
    told.push(one);
  });
  const [slow, quick] = [await addRepository(world, '1'), await addRepository(world, '2')];
  for (const name of ['a1', 'a2', 'a3']) await sendHook(world, slow, pushBody(name, 'master', '1'));
  await sendHook(world, quick, pushBody('b1', 'master', '2'));
  await sendHook(world, quick, pushBody('b2', 'bad', '2'));
  const [failed] = await allEnded(world, quick, 2);
  expect(failed).toMatchObject({ status: 'failed', problem: { code: 'forge.no_right', message: 'no' } });
  const ended = await allEnded(world, slow, 3);
  expect(commitsOf(told)).toEqual(['b1', 'a1', 'a2', 'a3']);
  expect(ended.map(({ tries }) => tries)).toEqual([1, 1, 2]);
});
