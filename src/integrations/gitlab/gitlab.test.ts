import { describe, expect, test } from 'bun:test';
import { startForge } from '../forge-server.fixture.ts';

const project = {
  id: 15,
  path_with_namespace: 'group/sub/app',
  visibility: 'private',
  default_branch: 'main',
  http_url_to_repo: 'https://gitlab.test/group/sub/app.git',
  web_url: 'https://gitlab.test/group/sub/app',
  archived: false,
  description: 'an app',
  last_activity_at: '2026-01-01T00:00:00Z',
};
const level = (access_level: number) => ({ permissions: { project_access: null, group_access: { access_level } } });
const hook = {
  ...{ id: 7, url: 'https://ci.test/webhooks/1', push_events: true, tag_push_events: true, alert_status: 'executable' },
  ...{ merge_requests_events: true, enable_ssl_verification: true },
};
const wanted = { url: hook.url, secret: 'secret' };
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('the API of GitLab', () => {
  test('repositories that one may administer', async () => {
    await using at = await startForge('gitlab', (what) => {
      if (what.includes('/projects?')) return { body: [{ ...project, default_branch: null }] };
      if (what === 'GET /projects/15') return { body: { ...project, ...level(50) } };
      if (what === 'GET /projects/group%2Fsub%2Fapp') return { body: { ...project, ...level(30) } };
      return { status: 404, body: { message: '404 Project Not Found' } };
    });
    const { forge, asked } = at;
    expect(await forge.listRepositories('t', 2)).toMatchObject({
      items: [{ id: '15', fullName: 'group/sub/app', private: true, admin: true, defaultBranch: 'main' }],
      more: false,
    });
    expect(asked[0]).toMatchObject({ authorization: 'Bearer t', path: expect.stringContaining('min_access_level=40') });
    expect(await forge.getRepository('t', '15')).toMatchObject({ admin: true });
    expect(await forge.getRepository('t', 'group/sub/app')).toMatchObject({ admin: false });
    expect(await forge.getRepository('t', '16')).toBeUndefined();
  });

  test('a webhook is made, or the one that sends to the same address is changed; read and removed', async () => {
    let there: (typeof hook)[] = [];
    await using at = await startForge('gitlab', (what) => {
      const [method] = what.split(' ');
      if (method === 'POST') there = [hook];
      if (method === 'DELETE' && there.length > 0) {
        there = [];
        return { status: 204, body: '' };
      }
      if (method === 'GET' && what.includes('per_page')) return { body: there };
      const [one] = there;
      return one === undefined ? { status: 404, body: {} } : { body: one };
    });
    const { forge, asked } = at;
    expect(await forge.readHook('t', 'g/app', '7', hook.url)).toBe('gone');
    expect(await forge.ensureHook('t', 'g/app', wanted, undefined)).toBe('7');
    expect(asked.at(-1)).toMatchObject({
      ...{ method: 'POST', path: '/api/projects/g%2Fapp/hooks' },
      body: { url: wanted.url, token: 'secret', enable_ssl_verification: true, push_events: true },
    });
    expect(await forge.ensureHook('t', 'g/app', wanted, undefined)).toBe('7');
    expect(asked.at(-1)).toMatchObject({ method: 'PUT', path: '/api/projects/g%2Fapp/hooks/7' });
    expect(await forge.readHook('t', 'g/app', '7', hook.url)).toBe('right');
    there = [{ ...hook, alert_status: 'disabled' }];
    expect(await forge.readHook('t', 'g/app', '7', hook.url)).toBe('changed');
    await forge.removeHook('t', 'g/app', '7');
    await forge.removeHook('t', 'g/app', '7');
    expect(there).toEqual([]);
  });
});

describe('webhooks of GitLab', () => {
  const of = { id: 15, path_with_namespace: 'g/app', visibility_level: 0, default_branch: 'main' };
  const told = { ...of, git_http_url: 'https://gitlab.test/g/app.git', web_url: 'https://gitlab.test/g/app' };
  const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
  const push = {
    ...{ object_kind: 'push', ref: 'refs/heads/feature/x', before: a, after: b, checkout_sha: b, project: told },
    ...{ user_username: 'ada', user_name: 'Ada L.', user_avatar: null },
    commits: [{ id: b, message: 'mend it', author: { name: 'Ada L.', email: 'ada@example.test' } }],
  };

  test('are verified by their token, whatever they say', async () => {
    await using at = await startForge('gitlab', () => ({ status: 500 }));
    const { forge } = at;
    const headers = (token: string) =>
      new Headers({ 'x-gitlab-token': token, 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': 'u' });
    expect(forge.verify(headers('secret'), bytes(push), 'secret')).toEqual({
      ...{ delivery: 'u', event: 'Push Hook', signed: false },
    });
    for (const token of ['', 'secre', 'secrets', 'Secret']) {
      expect(forge.verify(headers(token), bytes(push), 'secret')).toBeUndefined();
    }
    expect(forge.verify(new Headers(), bytes(push), 'secret')).toBeUndefined();
    expect(at.asked).toEqual([]);
  });

  test('tell pushes, tags and merge requests', async () => {
    await using at = await startForge('gitlab', () => ({ status: 500 }));
    const read = (event: string, body: unknown) => at.forge.readEvent(event, bytes(body));
    expect(read('Push Hook', push)).toMatchObject({
      ...{ kind: 'push', branch: 'feature/x', before: a, commit: { hash: b, message: 'mend it' } },
      ...{ repository: { id: '15', fullName: 'g/app', private: true }, sender: { login: 'ada' } },
    });
    const none = '0'.repeat(40);
    expect(read('Push Hook', { ...push, after: none, checkout_sha: null })).toMatchObject({ commit: undefined });
    const tag = { ...push, ref: 'refs/tags/v1', before: none, after: a, commits: [] };
    expect(read('Tag Push Hook', tag)).toMatchObject({ kind: 'tag', tag: 'v1', commit: { hash: b } });
    const attributes = {
      ...{ iid: 3, title: 'Mend it', action: 'open', source_branch: 'x', target_branch: 'main' },
      ...{ source_project_id: 15, target_project_id: 15, last_commit: push.commits[0] },
      source: { ...told, id: undefined, path_with_namespace: 'eve/app' },
    };
    const request = (more: object, changes: object = {}) =>
      read('Merge Request Hook', {
        ...{ object_kind: 'merge_request', user: { username: 'ada', name: 'Ada L.' }, project: told, changes },
        object_attributes: { ...attributes, ...more },
      });
    expect(request({})).toMatchObject({
      ...{ kind: 'pull_request', action: 'opened', number: 3, title: 'Mend it', fork: undefined },
      ...{ head: { branch: 'x', commit: b }, base: { branch: 'main' }, author: { login: 'ada' } },
    });
    expect(request({ source_project_id: 16 })).toMatchObject({ fork: { id: '16', fullName: 'eve/app' } });
    expect(request({ source_project_id: 16, source: null })).toMatchObject({ fork: { fullName: undefined } });
    expect(request({ action: 'update' })).toMatchObject({ action: 'other' });
    expect(request({ action: 'update', oldrev: a })).toMatchObject({ action: 'updated', author: undefined });
    expect(request({ action: 'update' }, { target_branch: {} })).toMatchObject({ action: 'updated' });
    expect(request({ action: 'merge', merge_commit_sha: a })).toMatchObject({ action: 'merged', mergeCommit: a });
    expect(read('Issue Hook', {})).toMatchObject({ kind: 'ignored' });
  });
});
