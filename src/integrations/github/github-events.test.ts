import { describe, expect, test } from 'bun:test';
import examples from '@octokit/webhooks-examples';
import type { ForgeEvent } from '../forge-event.ts';
import { readGithubEvent } from './github-events.ts';

const ACTING = new Set(['push', 'pull_request', 'merge_group', 'repository', 'ping', 'public']);
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const all = examples.flatMap(({ name, examples: bodies }) => bodies.map((body) => ({ name, body })));
const read = (
  name: string,
  change: (body: Readonly<Record<string, unknown>>) => unknown = (body) => body,
): readonly ForgeEvent[] =>
  all
    .filter((one) => one.name === name)
    .map(({ body }) =>
      readGithubEvent(name, bytes(change(structuredClone(body) as unknown as Record<string, unknown>))),
    );

test('all 58 kinds that GitHub sends are read, and those that matter act', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(58);
  for (const { name, body } of all) {
    const event = readGithubEvent(name, bytes(body));
    const isOfRepository = 'repository' in body && body.repository != null;
    expect([name, event.kind !== 'ignored']).toEqual([name, ACTING.has(name) && isOfRepository]);
  }
});

describe('what they tell', () => {
  test('a push, forced or not, of a branch with slashes, and its end', () => {
    const [, , , , first] = read('push');
    expect(first).toMatchObject({
      kind: 'push',
      branch: 'master',
      commit: { hash: '6113728f27ae82c7b1a177c8d03f9e96e0adf246', message: 'Initial commit' },
      before: undefined,
      forced: false,
      repository: { id: '186853002', fullName: 'Codertocat/Hello-World', defaultBranch: 'master', private: false },
      sender: { login: 'Codertocat' },
    });
    const change = { ref: 'refs/heads/a/b/c', forced: true, before: 'a'.repeat(40) };
    const slashes = read('push', (body) => ({ ...body, ...change })).at(4);
    expect(slashes).toMatchObject({ branch: 'a/b/c', forced: true, before: 'a'.repeat(40) });
    const after = '0'.repeat(40);
    expect(read('push', (body) => ({ ...body, after, head_commit: null })).at(4)).toMatchObject({ commit: undefined });
    expect(read('push', (body) => ({ ...body, ref: 'refs/notes/x' })).at(4)).toMatchObject({ kind: 'ignored' });
  });

  test('a tag is the commit that it names, and goes', () => {
    const after = 'f'.repeat(40);
    const [annotated, gone] = read('push', (body) => ({ ...body, ...(body.head_commit !== null && { after }) }));
    expect(annotated).toMatchObject({
      ...{ kind: 'tag', tag: 'simple-tag', commit: { hash: '6113728f27ae82c7b1a177c8d03f9e96e0adf246' } },
    });
    expect(gone).toMatchObject({ kind: 'tag', tag: 'simple-tag', commit: undefined });
  });

  test('a pull request, of a fork, of a fork that is gone, merged, with another base', () => {
    const request = (change: object, head: object = {}, more: object = {}) =>
      read('pull_request', (body) => {
        const of = body.pull_request as { head: object };
        return { ...body, ...more, pull_request: { ...of, ...change, head: { ...of.head, ...head } } };
      })[0];
    expect(request({})).toMatchObject({
      ...{ kind: 'pull_request', action: 'opened', number: 2, title: 'Update the README with new information.' },
      ...{ fork: undefined, head: { branch: 'changes' }, base: { branch: 'master' }, author: { login: 'Codertocat' } },
    });
    expect(request({}, { repo: null })).toMatchObject({ fork: { fullName: undefined } });
    const other = all.find(({ name }) => name === 'merge_group')?.body;
    const repo = other !== undefined && 'repository' in other ? other.repository : undefined;
    expect(request({}, { repo })).toMatchObject({ fork: { fullName: 'octo-org/octo-repo', private: true } });
    expect(request({ merged: true, merge_commit_sha: 'm' }, {}, { action: 'closed' })).toMatchObject({
      ...{ action: 'merged', mergeCommit: 'm' },
    });
    expect(request({}, {}, { action: 'closed' })).toMatchObject({ action: 'closed' });
    expect(request({}, {}, { action: 'synchronize' })).toMatchObject({ action: 'updated' });
    expect(request({}, {}, { action: 'edited', changes: { title: { from: 'x' } } })).toMatchObject({ action: 'other' });
    expect(request({}, {}, { action: 'edited', changes: { base: { ref: { from: 'x' } } } })).toMatchObject({
      action: 'updated',
    });
  });

  test('a merge group, and a repository with another name', () => {
    expect(read('merge_group')[0]).toMatchObject({
      kind: 'merge_group',
      action: 'checks_requested',
      branch: 'gh-readonly-queue/main/pr-104-929f8209d40f77f4abc622a499c93a83babdbe64',
      commit: { hash: '2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d' },
      base: { branch: 'main', commit: '380387fbc80638b734a49e1be1c4dfec1c01b33c' },
    });
    expect(read('repository').map((event) => 'action' in event && event.action)).toContain('renamed');
  });

  test('what is no event of GitHub says so', () => {
    const code = 'forge.bad_event';
    const of = (name: string, body: string) => () => readGithubEvent(name, new TextEncoder().encode(body));
    for (const body of ['', 'payload=%7B%7D', '[]', '{}', '{"repository":null}']) {
      expect(of('push', body)).toThrow(expect.objectContaining({ code }));
    }
  });
});
