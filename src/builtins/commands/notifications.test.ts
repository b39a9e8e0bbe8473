import { describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { createEmulator } from 'emulate';
import { z } from 'zod';
import { findFreePort } from '../../lib/system/free-port.ts';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { type PreparedAnswer, startRecordedServer } from '../recorded-server.fixture.ts';
import {
  giteaStatusNotify,
  githubCheckNotify,
  githubStatusNotify,
  gitlabStatusNotify,
} from './commit-status-notify.ts';
import { discordNotify } from './discord-notify.ts';
import { slackNotify } from './slack-notify.ts';
import { webhookNotify } from './webhook-notify.ts';

const build = {
  BUILD_ID: 'b-1',
  BUILD_NUMBER: '12',
  BUILD_JOB_NAME: 'test',
  BUILD_PIPELINE_NAME: 'shop',
  BUILD_TEAM_NAME: 'main',
  BUILD_URL: 'http://ci.example.org/teams/main/pipelines/shop/jobs/test/builds/12',
  BUILD_ATTEMPT: '1',
  BUILD_STATUS: 'failed',
  BUILD_DURATION: '1m 20s',
  BUILD_CAUSE: 'git.app {"ref":"abc"}',
  BUILD_PREVIOUS_STATUS: 'succeeded',
};
const evil = '@everyone <!channel> <@U1> *bold* [x](http://evil) `code`';

const bodyOf = (request: { readonly body: Buffer } | undefined) => JSON.parse(request?.body.toString('utf8') ?? 'null');

describe('slack', () => {
  test('to an incoming webhook: colour, link, facts; what others wrote is plain text', async () => {
    await using server = await startRecordedServer(() => ({ body: 'ok' }));
    const env = { ...build, BUILD_JOB_NAME: 'a|b<c>', NOTIFY_MESSAGE: evil, param_url: `${server.url}/services/T/B/x` };
    const { stderr } = await runCommand(slackNotify, env);
    expect(stderr).not.toContain('services');
    const body = bodyOf(server.requests[0]);
    expect(body.text).toContain('&lt;!channel&gt;');
    const [{ color, blocks }] = body.attachments;
    expect(color).toBe('#cf222e');
    expect(blocks[0].text.text).toBe(`*<${build.BUILD_URL}|shop/a b&lt;c&gt; #12 failed>*`);
    expect(blocks[1].text).toEqual({ type: 'plain_text', text: evil, emoji: false });
    expect(blocks[2].elements[0].text).toBe('after 1m 20s, because of git.app {"ref":"abc"}');
  });

  test('texts are cut to what Slack takes', async () => {
    await using server = await startRecordedServer(() => ({ body: 'ok' }));
    await runCommand(slackNotify, { ...build, NOTIFY_MESSAGE: '😀'.repeat(5_000), param_url: server.url });
    const [{ blocks }] = bodyOf(server.requests[0]).attachments;
    expect(blocks[1].text.text).toHaveLength(2_999);
    expect(blocks[1].text.text.endsWith('😀…')).toBe(true);
  });

  test('with a token, to a channel of the API', async () => {
    const slack = await createEmulator({
      service: 'slack',
      port: await findFreePort(),
      seed: { tokens: { 'xoxb-1': { login: 'U000000001' } }, slack: { channels: [{ name: 'builds' }] } },
    });
    try {
      const env = { ...build, param_token: 'xoxb-1', param_api_url: `${slack.url}/api` };
      await runCommand(slackNotify, { ...env, notify_channel: 'builds', NOTIFY_MESSAGE: 'red' });
      const call = async (method: string, body: object) => {
        const headers = { authorization: 'Bearer xoxb-1', 'content-type': 'application/json' };
        const answer = await fetch(`${slack.url}/api/${method}`, {
          method: 'POST',
          headers,
          body: JSON.stringify(body),
        });
        return z
          .looseObject({ channels: z.array(z.any()).optional(), messages: z.array(z.any()).optional() })
          .parse(await answer.json());
      };
      const { channels } = await call('conversations.list', {});
      const channel = channels?.find(({ name }) => name === 'builds')?.id;
      expect(JSON.stringify((await call('conversations.history', { channel })).messages)).toContain(
        'shop/test #12 failed: red',
      );
      const missing = await commandFailure(slackNotify, { ...env, param_channel: 'nowhere' });
      expect(missing).toMatchObject({ code: 'slack_refused', hint: expect.stringContaining('"channel"') });
    } finally {
      await slack.close();
    }
  });

  test('a token that Slack does not know', async () => {
    await using server = await startRecordedServer(() => ({ body: '{"ok":false,"error":"invalid_auth"}' }));
    const env = { ...build, param_token: 'xoxb-2', param_channel: 'builds', param_api_url: server.url };
    expect(await commandFailure(slackNotify, env)).toMatchObject({
      code: 'slack_refused',
      hint: expect.stringContaining('"token"'),
    });
    expect(server.requests[0]?.path).toBe('/chat.postMessage');
  });

  test('a webhook that is gone says which parameter to look at, and not its address', async () => {
    await using server = await startRecordedServer(() => ({ status: 404, body: 'no_service' }));
    const error = await commandFailure(slackNotify, { ...build, param_url: `${server.url}/services/SECRET` });
    expect(error).toMatchObject({ code: 'http_404', hint: expect.stringContaining('"url"') });
    expect(error.message).toContain('no_service');
    expect(error.message).not.toContain('SECRET');
  });

  test('nothing to send to', async () => {
    expect(await commandFailure(slackNotify, build)).toMatchObject({ code: 'parameter_missing' });
    expect(await commandFailure(slackNotify, { ...build, param_token: 't' })).toMatchObject({
      code: 'parameter_missing',
    });
  });
});

describe('discord', () => {
  test('an embed that mentions nobody', async () => {
    await using server = await startRecordedServer(() => ({ status: 200, body: '{}' }));
    await runCommand(discordNotify, {
      ...build,
      NOTIFY_MESSAGE: evil,
      param_url: `${server.url}/api/webhooks/1/x`,
      notify_thread_id: '7',
    });
    expect(server.requests[0]?.path).toBe('/api/webhooks/1/x?wait=true&thread_id=7');
    const body = bodyOf(server.requests[0]);
    expect(body.allowed_mentions).toEqual({ parse: [] });
    expect(body.embeds[0]).toMatchObject({ title: 'shop/test \\#12 failed', color: 0xcf222e, url: build.BUILD_URL });
    expect(body.embeds[0].description).toBe(
      '\\@everyone \\<!channel\\> \\<\\@U1\\> \\*bold\\* \\[x\\]\\(http://evil\\) \\`code\\`',
    );
    expect(body.embeds[0].fields.map((field: { name: string }) => field.name)).toEqual(['Duration', 'Cause']);
  });

  test('waits as long as it is told to, and tries again', async () => {
    const answers: PreparedAnswer[] = [
      { status: 429, headers: { 'retry-after': '2.5' } },
      { status: 502 },
      { status: 204 },
    ];
    await using server = await startRecordedServer((_, before) => answers[before] ?? {});
    const { pauses } = await runCommand(discordNotify, { ...build, param_url: `${server.url}/x` });
    expect(server.requests).toHaveLength(3);
    expect(pauses).toEqual([2_500, 1_000]);
  });

  test('one that wants an hour is not waited for', async () => {
    await using server = await startRecordedServer(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
    expect(await commandFailure(discordNotify, { ...build, param_url: server.url })).toMatchObject({
      code: 'http_429',
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('webhook', () => {
  test('the facts as JSON, signed', async () => {
    await using server = await startRecordedServer(() => ({ status: 202 }));
    await runCommand(webhookNotify, {
      ...build,
      BUILD_STATUS: 'succeeded',
      BUILD_PREVIOUS_STATUS: 'failed',
      NOTIFY_MESSAGE: 'well',
      param_url: `${server.url}/hook?key=1`,
      param_secret: 's3cret',
      param_headers: '{"X-Own":"1"}',
    });
    const [request] = server.requests;
    const body = bodyOf(request);
    expect(body).toMatchObject({ event: 'build', title: 'shop/test #12 is fixed', message: 'well' });
    expect(body.build).toMatchObject({ number: 12, status: 'succeeded', change: 'fixed', team: 'main' });
    expect(request?.headers['x-own']).toBe('1');
    const signature = createHmac('sha256', 's3cret')
      .update(request?.body ?? '')
      .digest('hex');
    expect(request?.headers['x-pikoci-signature-256']).toBe(`sha256=${signature}`);
  });

  test("a body of one's own", async () => {
    await using server = await startRecordedServer(() => ({}));
    await runCommand(webhookNotify, {
      ...build,
      param_url: server.url,
      param_method: 'put',
      param_body: 'red',
      param_content_type: 'text/plain',
    });
    expect(server.requests[0]).toMatchObject({ method: 'PUT', headers: { 'content-type': 'text/plain' } });
    expect(server.requests[0]?.body.toString()).toBe('red');
  });

  test.each([
    [{ param_url: 'ftp://example.org' }, 'bad_address'],
    [{ param_url: 'http://127.0.0.1:9/x', param_method: 'get' }, 'bad_parameter'],
    [{ param_url: 'http://127.0.0.1:9/x', param_headers: '{"a":"b\\nc"}' }, 'bad_parameter'],
    [{ param_url: 'http://127.0.0.1:9/x', param_headers: 'a: b' }, 'bad_parameter'],
    [{}, 'parameter_missing'],
  ])('what cannot be sent: %p', async (env, code) => {
    expect(await commandFailure(webhookNotify, { ...build, ...env })).toMatchObject({ code });
  });

  test('a redirect is no success', async () => {
    await using server = await startRecordedServer(() => ({ status: 302, headers: { location: '/login' } }));
    expect(await commandFailure(webhookNotify, { ...build, param_url: server.url })).toMatchObject({
      code: 'http_302',
    });
  });
});

describe('statuses of commits', () => {
  const commit = 'a'.repeat(40);
  const event = { BUILD_EVENT_REPOSITORY: 'octo/app', BUILD_EVENT_COMMIT: commit };
  const context = 'pikoci/test';

  test.each([
    ['github-status', githubStatusNotify, `/repos/octo/app/statuses/${commit}`, { state: 'failure', context }],
    ['gitea-status', giteaStatusNotify, `/repos/octo/app/statuses/${commit}`, { state: 'failure', context }],
    [
      'gitlab-status',
      gitlabStatusNotify,
      `/projects/octo%2Fapp/statuses/${commit}`,
      { state: 'failed', name: context },
    ],
    ['github-check', githubCheckNotify, '/repos/octo/app/check-runs', { conclusion: 'failure', head_sha: commit }],
  ] as const)('%s: of the commit of the event, by the token', async (_name, notify, path, body) => {
    await using server = await startRecordedServer(() => ({ status: 201, body: '{}' }));
    const { stderr } = await runCommand(notify, {
      ...build,
      ...event,
      param_token: 'hunter2',
      param_api_url: `${server.url}/`,
    });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path });
    expect(request?.headers.authorization).toBe('Bearer hunter2');
    expect(bodyOf(request)).toMatchObject(body);
    expect(JSON.stringify(bodyOf(request))).toContain(build.BUILD_URL);
    expect(stderr).toContain(`${context} of aaaaaaaaaa`);
  });

  test('another commit, another name; and what is missing or wrong is said', async () => {
    await using server = await startRecordedServer(() => ({ status: 201, body: '{}' }));
    const env = {
      ...build,
      param_token: 't',
      param_api_url: server.url,
      notify_repository: 'a/b',
      notify_commit: 'b'.repeat(40),
    };
    await runCommand(githubStatusNotify, {
      ...env,
      notify_context: 'mine',
      notify_description: 'good',
      BUILD_STATUS: '',
    });
    expect(server.requests[0]?.path).toBe(`/repos/a/b/statuses/${'b'.repeat(40)}`);
    expect(bodyOf(server.requests[0])).toMatchObject({ state: 'pending', context: 'mine', description: 'good' });
    expect(await commandFailure(githubStatusNotify, { ...env, notify_commit: '../x' })).toMatchObject({
      code: 'bad_parameter',
    });
    expect(await commandFailure(giteaStatusNotify, { ...build, param_token: 't' })).toMatchObject({
      code: 'parameter_missing',
      message: 'The status at Gitea needs "repository".',
    });
  });
});
