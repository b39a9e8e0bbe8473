import { describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { startForge } from '../forge-server.fixture.ts';

const repository = {
  id: 15,
  full_name: 'ada/app',
  private: true,
  default_branch: 'main',
  clone_url: 'https://gitea.test/ada/app.git',
  html_url: 'https://gitea.test/ada/app',
};
const hook = {
  ...{ id: 7, active: true, events: ['push', 'create', 'delete', 'pull_request', 'pull_request_sync'] },
  config: { url: 'https://ci.test/webhooks/1', content_type: 'json' },
};
const wanted = { url: hook.config.url, secret: 'secret' };
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('the API of Gitea', () => {
  test('repositories, page by page', async () => {
    const page = Array.from({ length: 50 }, (_, id) => ({ ...repository, id, permissions: { admin: id === 0 } }));
    await using at = await startForge('gitea', (what) => {
      if (what.endsWith('page=1')) return { body: page };
      if (what.endsWith('page=2')) return { body: [{ ...repository, description: '', archived: true }] };
      if (what === 'GET /repositories/15' || what === 'GET /repos/ada/app') {
        return { body: { ...repository, permissions: { admin: true } } };
      }
      return { status: 404, body: { message: 'not found' } };
    });
    const first = await at.forge.listRepositories('t', 1);
    expect([first.items.length, first.more, first.items[0]?.admin, first.items[1]?.admin]).toEqual([
      50,
      true,
      true,
      false,
    ]);
    expect(await at.forge.listRepositories('t', 2)).toMatchObject({
      items: [{ id: '15', fullName: 'ada/app', archived: true, description: undefined }],
      more: false,
    });
    expect(await at.forge.getRepository('t', '15')).toMatchObject({ admin: true, private: true });
    expect(await at.forge.getRepository('t', 'ada/app')).toMatchObject({ id: '15' });
    expect(await at.forge.getRepository('t', 'ada/none')).toBeUndefined();
  });

  test('a webhook is made, changed, read and removed', async () => {
    let there: (typeof hook)[] = [];
    await using at = await startForge('gitea', (what) => {
      const [method] = what.split(' ');
      if (method === 'POST') there = [hook];
      if (method === 'DELETE' && there.length > 0) {
        there = [];
        return { status: 204, body: '' };
      }
      if (method === 'GET' && what.includes('limit')) return { body: there };
      const [one] = there;
      return one === undefined ? { status: 404, body: {} } : { body: one };
    });
    const { forge, asked } = at;
    expect(await forge.ensureHook('t', 'ada/app', wanted, '7')).toBe('7');
    expect(asked.at(-1)).toMatchObject({
      ...{ method: 'POST', path: '/api/repos/ada/app/hooks' },
      body: { type: 'gitea', active: true, config: { ...wanted, content_type: 'json' } },
    });
    expect(await forge.ensureHook('t', 'ada/app', wanted, '7')).toBe('7');
    expect(asked.at(-1)).toMatchObject({ method: 'PATCH', path: '/api/repos/ada/app/hooks/7' });
    expect(await forge.readHook('t', 'ada/app', '7', hook.config.url)).toBe('right');
    there = [{ ...hook, active: false }];
    expect(await forge.readHook('t', 'ada/app', '7', hook.config.url)).toBe('changed');
    await forge.removeHook('t', 'ada/app', '7');
    await forge.removeHook('t', 'ada/app', '7');
    expect(await forge.readHook('t', 'ada/app', '7', hook.config.url)).toBe('gone');
  });
});

describe('webhooks of Gitea', () => {
  const [a, b, none] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];
  const sender = { login: 'ada', full_name: '', avatar_url: 'https://gitea.test/a' };
  const head = { id: b, message: 'mend it', author: { name: 'Ada L.', username: 'ada' } };
  const push = { ref: 'refs/heads/feature/x', before: a, after: b, head_commit: head, repository, sender };

  test('are verified by their signature over the bytes', async () => {
    await using at = await startForge('gitea', () => ({ status: 500 }));
    const body = bytes(push);
    const signed = createHmac('sha256', 'secret').update(body).digest('hex');
    const headers = (signature: string) =>
      new Headers({ 'x-gitea-signature': signature, 'x-gitea-event': 'push', 'x-gitea-delivery': 'd' });
    expect(at.forge.verify(headers(signed), body, 'secret')).toEqual({ delivery: 'd', event: 'push', signed: true });
    for (const signature of ['', signed.slice(1), `sha256=${signed}`, signed.replace(/.$/, 'z')]) {
      expect(at.forge.verify(headers(signature), body, 'secret')).toBeUndefined();
    }
    expect(at.forge.verify(headers(signed), bytes({ ...push, after: a }), 'secret')).toBeUndefined();
  });

  test('tell pushes, tags, ends of branches and pull requests', async () => {
    await using at = await startForge('gitea', () => ({ status: 500 }));
    const read = (event: string, body: unknown) => at.forge.readEvent(event, bytes(body));
    expect(read('push', push)).toMatchObject({
      ...{ kind: 'push', branch: 'feature/x', before: a, commit: { hash: b, author: { login: 'ada' } } },
      repository: { id: '15', private: true },
    });
    expect(read('push', { ...push, ref: 'refs/tags/v1', before: none, after: a })).toMatchObject({
      ...{ kind: 'tag', tag: 'v1', commit: { hash: b } },
    });
    expect(read('delete', { ref: 'feature/x', ref_type: 'branch', repository, sender })).toMatchObject({
      ...{ kind: 'push', branch: 'feature/x', commit: undefined },
    });
    expect(read('delete', { ref: 'v1', ref_type: 'tag', repository, sender })).toMatchObject({ tag: 'v1' });
    const request = (action: string, more: object = {}, from: object | null = repository, changes?: object) =>
      read('pull_request', {
        ...{ action, number: 3, repository, sender, changes },
        pull_request: {
          ...{ title: 'Mend it', user: sender, merged: false, merge_commit_sha: null, ...more },
          ...{ head: { ref: 'x', sha: b, repo: from }, base: { ref: 'main', sha: a, repo: repository } },
        },
      });
    expect(request('opened')).toMatchObject({ action: 'opened', number: 3, fork: undefined, author: { login: 'ada' } });
    expect(request('synchronized')).toMatchObject({ action: 'updated' });
    expect(request('closed', { merged: true, merge_commit_sha: b })).toMatchObject({
      action: 'merged',
      mergeCommit: b,
    });
    expect(request('edited', {}, repository, { ref: { from: 'x' } })).toMatchObject({ action: 'updated' });
    expect(request('opened', {}, { ...repository, id: 16, full_name: 'eve/app' })).toMatchObject({
      fork: { fullName: 'eve/app' },
    });
    expect(request('opened', {}, null)).toMatchObject({ fork: { fullName: undefined } });
    expect(read('issues', {})).toMatchObject({ kind: 'ignored' });
    expect(read('repository', { action: 'deleted', repository, sender })).toMatchObject({ action: 'deleted' });
  });
});
