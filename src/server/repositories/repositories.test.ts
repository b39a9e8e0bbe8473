import { describe, expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import type { RepositoryView } from '../../protocol/repositories.ts';
import { type ApiCalls, apiOf } from '../api-calls.fixture.ts';
import { requireReachable } from './external-address.ts';
import { type GithubWorld, startGithubWorld } from './github-world.fixture.ts';

const of = (repository: string, more: object = {}) => ({
  body: { provider: 'github', repository, team: 'main', ...more },
});

const activate = (who: ApiCalls, repository: string, more: object = {}) =>
  who.call('activateRepository', {}, of(repository, more));

const refusal = async (who: ApiCalls, repository: string, more: object = {}) =>
  (await who.ask('POST', '/repositories', of(repository, more).body)).body;

const hooksOf = async ({ asked }: GithubWorld, fullName: string): Promise<Record<string, unknown>[]> =>
  (await asked('GET', `/repos/${fullName}/hooks`)).json();

/** A commit on GitHub, which tells of it by its webhook. */
const commit = ({ asked }: GithubWorld, fullName: string, name: string) =>
  asked('PUT', `/repos/${fullName}/contents/${name}`, { message: `add ${name}`, content: btoa(name), branch: 'main' });

const ended = ({ world, ada }: GithubWorld, { id }: RepositoryView, count = 1) =>
  world.until('deliveries end', async () => {
    const { items } = await ada.call('listDeliveries', { repository: id });
    return items.length === count && items.every(({ status }) => status !== 'pending') ? items : undefined;
  });

describe('what one may administer', () => {
  test('is listed with private ones, searched by words, and page by page', async () => {
    await using all = await startGithubWorld();
    const { ada, carol } = all;
    const list = async (query: object) => (await ada.call('offerRepositories', {}, { query })).items;
    const names = async (query: object) => (await list(query)).map(({ fullName }) => fullName).sort();
    expect(await names({})).toEqual(['ada/app', 'ada/secret-app']);
    expect(await list({ search: 'SECRET ada' })).toMatchObject([{ private: true, elsewhere: false }]);
    expect(await names({ search: 'nothing' })).toEqual([]);
    const first = await ada.call('offerRepositories', {}, { query: { limit: 1 } });
    expect(first).toMatchObject({ total: 2, next: '1', forges: [{ name: 'github', kind: 'github', signedIn: true }] });
    const second = await ada.call('offerRepositories', {}, { query: { limit: 1, after: '1' } });
    expect(second.items).toHaveLength(1);
    expect(second.next).toBeUndefined();
    // A new one is there as soon as one asks for what is there now.
    await all.asked('POST', '/user/repos', { name: 'new' });
    expect(await names({ search: 'new' })).toEqual([]);
    expect(await names({ search: 'new', fresh: 'true' })).toEqual(['ada/new']);
    expect(await carol.call('offerRepositories', {})).toMatchObject({
      items: [],
      forges: [{ signedIn: false, trouble: { code: 'forge.signed_out', hint: expect.stringContaining('sign in') } }],
    });
  });
});

describe('activating', () => {
  test('sets up the webhook and the pipeline, and what happens there is heard', async () => {
    await using all = await startGithubWorld();
    const { ada, world } = all;
    const { repository, notes } = await activate(ada, 'ada/app');
    expect(notes).toEqual(['the webhook was set up', 'the pipeline was made']);
    expect(repository).toMatchObject({
      ...{ fullName: 'ada/app', team: 'main', pipeline: 'app', activatedBy: 'ada', private: false, hooked: true },
      ...{ options: { pullRequests: 'merged' }, active: true, webhookUrl: expect.stringContaining('/webhooks/') },
    });
    const kept = await world.store.findRepository('github', repository.forgeId);
    const [hook] = await hooksOf(all, 'ada/app');
    expect(hook).toMatchObject({
      ...{ name: 'web', active: true, events: ['push', 'pull_request', 'create', 'merge_group'] },
      config: { url: repository.webhookUrl, content_type: 'json', insecure_ssl: '0' },
    });
    expect(hook?.id).toBe(Number(kept?.hookId));
    await commit(all, 'ada/app', 'a.txt');
    const [delivery] = await ended(all, repository);
    expect(delivery).toMatchObject({ event: 'push', status: 'done', outcome: { notes: ['a push'] } });
    expect(all.told).toEqual(['activated ada/app as app', 'push of ada/app']);
    expect(await ada.call('listRepositories', {})).toEqual([repository]);
    expect(await ada.call('getRepository', { repository: repository.id })).toEqual(repository);
    const { items } = await ada.call('offerRepositories', {}, { query: { search: 'app' } });
    expect(items.find(({ fullName }) => fullName === 'ada/app')?.repository).toEqual(repository);
  });

  test('of what is activated mends it, with the options that are given now', async () => {
    await using all = await startGithubWorld();
    const { repository } = await activate(all.ada, 'ada/app', { options: { pullRequests: 'head' } });
    for (const { id } of await hooksOf(all, 'ada/app')) await all.asked('DELETE', `/repos/ada/app/hooks/${id}`);
    const again = await activate(all.ada, repository.forgeId);
    expect(again.repository).toMatchObject({ id: repository.id, options: { pullRequests: 'head' } });
    expect(await hooksOf(all, 'ada/app')).toHaveLength(1);
    await commit(all, 'ada/app', 'a.txt');
    await ended(all, repository);
    const body = { options: { pullRequests: 'none' as const } };
    const changed = await all.ada.call('changeRepository', { repository: repository.id }, { body });
    expect(changed.options).toEqual({ pullRequests: 'none' });
  });

  test('finds a name for the pipeline that is free', async () => {
    await using all = await startGithubWorld({
      repositories: [
        { owner: 'ada', name: 'app' },
        { owner: 'bob', name: 'app' },
        { owner: 'ada', name: 'other' },
      ],
    });
    expect((await activate(all.ada, 'ada/app')).repository.pipeline).toBe('app');
    expect((await activate(all.bob, 'bob/app')).repository.pipeline).toBe('bob-app');
    expect(await refusal(all.ada, 'ada/other', { pipeline: 'app' })).toMatchObject({
      ...{ code: 'repository.pipeline_taken', status: 409, hint: expect.stringContaining('--pipeline') },
    });
    expect((await activate(all.ada, 'ada/other', { pipeline: 'mine' })).repository.pipeline).toBe('mine');
  });

  test('that cannot be says what to do, and leaves nothing behind', async () => {
    await using all = await startGithubWorld({
      async activated({ fullName }) {
        if (fullName === 'bob/tools') throw new CodedError('forge.unreachable', 'no answer');
        return { builds: [], notes: [] };
      },
    });
    const { ada, bob, carol, world } = all;
    expect(await refusal(carol, 'ada/app')).toMatchObject({ status: 403, code: 'auth.forbidden' });
    expect(await refusal(ada, 'ada/none')).toMatchObject({ status: 404, code: 'forge.not_found' });
    expect(await refusal(ada, '../../user')).toMatchObject({ status: 404, code: 'forge.not_found' });
    expect(await refusal(bob, 'ada/app')).toMatchObject({
      ...{ status: 403, code: 'forge.no_right', hint: expect.stringContaining('administrator') },
    });
    const elsewhere = { provider: 'gitlub', repository: 'a/b', team: 'main' };
    expect((await ada.ask('POST', '/repositories', elsewhere)).body).toMatchObject({
      ...{ code: 'forge.unknown', hint: 'did you mean github?' },
    });
    expect(await refusal(ada, 'ada/app', { team: 'other' })).toMatchObject({ status: 404 });
    expect(await refusal(bob, 'bob/tools')).toMatchObject({ status: 502, code: 'forge.unreachable' });
    const headers = { authorization: 'Bearer t2' };
    expect(await (await fetch(`${all.github.url}/repos/bob/tools/hooks`, { headers })).json()).toEqual([]);
    expect(await world.store.listRepositories()).toEqual([]);
    expect(await refusal(apiOf(world), 'ada/app')).toMatchObject({
      ...{ code: 'auth.not_a_user', hint: expect.stringContaining('pikoci login') },
    });
  });

  test('by an account of another team is refused', async () => {
    await using all = await startGithubWorld();
    const { repository } = await activate(all.ada, 'ada/app');
    const { store } = all.world;
    const { id: other } = await store.ensureTeam('other');
    const ada = await store.findUser('ada');
    if (ada !== undefined) await store.setMember(other, ada.id, 'maintain');
    expect(await refusal(all.ada, 'ada/app', { team: 'other' })).toMatchObject({ status: 409, code: 'store.conflict' });
    expect((await activate(all.ada, 'ada/app')).repository.id).toBe(repository.id);
  });
});

test('a webhook that was deleted or changed behind our back is noticed and mended; a new name is taken over', async () => {
  await using all = await startGithubWorld();
  const { ada } = all;
  const { repository } = await activate(ada, 'ada/app');
  const sync = () => ada.call('syncRepository', { repository: repository.id });
  expect((await sync()).notes).toEqual(['the webhook is right']);
  const [hook] = await hooksOf(all, 'ada/app');
  await all.asked('PATCH', `/repos/ada/app/hooks/${hook?.id}`, { events: ['issues'] });
  expect((await sync()).notes).toEqual(['the webhook was changed, and is right again']);
  await all.asked('DELETE', `/repos/ada/app/hooks/${hook?.id}`);
  await all.asked('PATCH', '/repos/ada/app', { name: 'better' });
  const mended = await sync();
  expect(mended.notes).toEqual(['it is called ada/better now', 'the webhook was gone, and is there again']);
  expect(mended.repository).toMatchObject({ fullName: 'ada/better', pipeline: 'app' });
  expect(await hooksOf(all, 'ada/better')).toHaveLength(1);
  await commit(all, 'ada/better', 'a.txt');
  await ended(all, repository);
  await all.asked('DELETE', '/repos/ada/better');
  expect((await ada.ask('POST', `/repositories/${repository.id}/sync`)).body).toMatchObject({
    code: 'forge.not_found',
  });
  expect((await ada.call('getRepository', { repository: repository.id })).trouble).toContain('has no repository');
});

test('deactivating removes the webhook and the pipeline; afterwards it can be activated anew', async () => {
  await using all = await startGithubWorld();
  const { ada, carol } = all;
  const { repository } = await activate(ada, 'ada/app');
  const path = `/repositories/${repository.id}`;
  expect((await carol.ask('DELETE', path)).status).toBe(403);
  expect(await ada.call('deactivateRepository', { repository: repository.id })).toEqual({
    notes: ['the webhook was removed'],
  });
  expect(await hooksOf(all, 'ada/app')).toEqual([]);
  expect(all.told.at(-1)).toBe('deactivated ada/app');
  expect((await ada.ask('GET', path)).status).toBe(404);
  const anew = await activate(ada, 'ada/app');
  expect(anew.repository.id).not.toBe(repository.id);
  // The repository is gone at the forge: nothing keeps it here.
  await all.asked('DELETE', '/repos/ada/app');
  expect((await ada.call('deactivateRepository', { repository: anew.repository.id })).notes).toHaveLength(1);
});

test('what came is replayed by who may, as often as they like, and shown with what the forge sent', async () => {
  await using all = await startGithubWorld();
  const { ada, carol, world } = all;
  const { repository } = await activate(ada, 'ada/app');
  await commit(all, 'ada/app', 'a.txt');
  const [first] = await ended(all, repository);
  const delivery = first?.id ?? '';
  const detail = await ada.call('getDelivery', { delivery });
  expect(JSON.parse(detail.body ?? '')).toMatchObject({ ref: 'refs/heads/main', repository: { full_name: 'ada/app' } });
  expect((await carol.ask('GET', `/repositories/${repository.id}/deliveries`)).status).toBe(200);
  expect((await carol.ask('GET', `/deliveries/${delivery}`)).status).toBe(403);
  expect((await carol.ask('POST', `/deliveries/${delivery}/replay`)).status).toBe(403);
  const replayed = await ada.call('replayDelivery', { delivery });
  expect(replayed).toMatchObject({ replayOf: delivery, replayedBy: 'ada', event: 'push' });
  await ended(all, repository, 2);
  expect(all.told.filter((one) => one.startsWith('push'))).toHaveLength(2);
  await world.store.trimDeliveries(Date.now() + 1, 0);
  expect((await ada.ask('POST', `/deliveries/${delivery}/replay`)).status).toBe(410);
  expect((await ada.call('getDelivery', { delivery })).body).toBeUndefined();
});

test('an address that only this machine or its network reaches is none for a forge elsewhere', () => {
  const github = {
    name: 'github',
    kind: 'github',
    baseUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
  } as const;
  const own = { ...github, apiUrl: 'http://127.0.0.1:3000' };
  for (const url of ['http://127.0.0.1:8080', 'http://localhost:8080', 'http://10.0.0.7', 'http://[::1]:80']) {
    expect(() => requireReachable(url, github)).toThrow(
      expect.objectContaining({ code: 'repository.no_external_url', hint: expect.stringContaining('--external-url') }),
    );
    expect(() => requireReachable(url, own)).not.toThrow();
  }
  expect(() => requireReachable('https://ci.example.test', github)).not.toThrow();
});
