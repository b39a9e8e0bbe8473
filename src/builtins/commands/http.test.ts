import { afterAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { type Respond, startRecordedServer } from '../recorded-server.fixture.ts';
import { makeCertificate } from '../test-certificate.fixture.ts';
import { httpCheck } from './http-check.ts';
import { httpPull } from './http-pull.ts';
import { httpPush } from './http-push.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-http-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const check = async (env: Record<string, string>) => JSON.parse((await runCommand(httpCheck, env)).stdout);
const workDir = (): string => {
  const dir = mkdtempSync(join(root, 'work-'));
  mkdirSync(join(dir, 'dist'));
  return dir;
};

/** One file that can be read and written, as a web server has it. */
function fileStore(first: string): Respond {
  let text = first;
  return ({ method, headers, body }) => {
    if (method === 'PUT') {
      text = body.toString();
      return { status: 201 };
    }
    const etag = `"${sha256(text).slice(0, 8)}"`;
    if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    return { headers: { etag, 'last-modified': 'Wed, 25 Nov 2026 03:00:00 GMT' }, body: text };
  };
}

describe('check', () => {
  test('by ETag, asking only for what is new', async () => {
    await using server = await startRecordedServer(fileStore('one'));
    const etag = `"${sha256('one').slice(0, 8)}"`;
    const [found] = await check({ param_url: `${server.url}/data.csv` });
    expect(found.version).toEqual({ etag });
    expect(found.metadata.modified).toContain('2026');
    expect(await check({ param_url: `${server.url}/data.csv`, version_etag: etag })).toEqual([{ version: { etag } }]);
    expect(server.requests[1]?.headers['if-none-match']).toBe(etag);
  });

  test.each<[Record<string, string>, object]>([
    [{ param_version_by: 'last_modified' }, { last_modified: 'Wed, 25 Nov 2026 03:00:00 GMT' }],
    [{ param_version_by: 'sha256' }, { sha256: sha256('one') }],
  ])('by %p', async (env, version) => {
    await using server = await startRecordedServer(fileStore('one'));
    expect((await check({ param_url: server.url, ...env }))[0].version).toEqual(version);
  });

  test('a server that tells nothing about it', async () => {
    await using server = await startRecordedServer(() => ({ body: 'x' }));
    expect((await check({ param_url: server.url }))[0].version).toEqual({ sha256: sha256('x') });
    const error = await commandFailure(httpCheck, { param_url: server.url, param_version_by: 'etag' });
    expect(error).toMatchObject({ code: 'no_version', hint: expect.stringContaining('sha256') });
  });

  test.each([
    ['$.releases[0].version', '1.2'],
    ["releases.0['full name']", 'one two'],
    ['releases[-1].number', '7'],
  ])('by a field of JSON: %s', async (path, value) => {
    const body = JSON.stringify({ releases: [{ version: '1.2', 'full name': 'one two' }, { number: 7 }] });
    await using server = await startRecordedServer(() => ({ body }));
    expect(await check({ param_url: server.url, param_json_path: path })).toEqual([
      { version: { value }, metadata: {} },
    ]);
  });

  test.each([
    ['a..b', '{}', 'bad_json_path', ''],
    ['a.b', '{"a":{"c":1}}', 'no_version', 'an object with c'],
    ['a', '{"a":{"c":1}}', 'no_version', 'an object'],
    ['a', '<html>', 'http_answer', '<html>'],
    ['constructor', '{}', 'no_version', ''],
  ])('no field: %s of %s', async (path, body, code, says) => {
    await using server = await startRecordedServer(() => ({ body }));
    const error = await commandFailure(httpCheck, { param_url: server.url, param_json_path: path });
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  test('logins', async () => {
    await using server = await startRecordedServer(() => ({ body: 'x' }));
    const url = { param_url: server.url };
    await check({ ...url, param_token: 't\n' });
    await check({ ...url, param_username: 'u', param_password: 'p' });
    await check({ ...url, param_headers: '{"X-Key":"k"}' });
    expect(server.requests.map(({ headers }) => headers.authorization ?? headers['x-key'])).toEqual([
      'Bearer t',
      `Basic ${Buffer.from('u:p').toString('base64')}`,
      'k',
    ]);
  });
});

describe('what goes wrong says what it was', () => {
  test.each<[string, Respond, string, string]>([
    ['not there', () => ({ status: 404, body: '<html>gone</html>' }), 'http_404', 'spelling'],
    ['no login', () => ({ status: 401 }), 'http_401', '"token"'],
    ['trouble', () => ({ status: 500, body: 'oops' }), 'http_500', 'later'],
    ['nowhere', () => ({ status: 302, headers: { location: 'http://[' } }), 'http_redirects', 'address'],
    ['a circle', () => ({ status: 302, headers: { location: '/' } }), 'http_redirects', 'address'],
    [
      'a way without end',
      ({ path }) => ({ status: 302, headers: { location: `${path}a` } }),
      'http_redirects',
      'address',
    ],
    [
      'a broken connection',
      () => ({ headers: { 'content-length': '9' }, body: 'x', breakOff: true }),
      'http_broken',
      '',
    ],
    ['another protocol', () => ({ status: 302, headers: { location: 'file:///etc/passwd' } }), 'bad_address', 'https'],
  ])('%s', async (_, respond, code, hint) => {
    await using server = await startRecordedServer(respond);
    const error = await commandFailure(httpCheck, {
      param_url: `${server.url}/?key=SECRET`,
      param_version_by: 'sha256',
    });
    expect(error.code).toBe(code);
    expect(error.hint ?? '').toContain(hint);
    expect(error.message).not.toContain('SECRET');
  });

  test('more than is read', async () => {
    await using server = await startRecordedServer(() => ({ body: ' '.repeat(17 * 1024 * 1024) }));
    const error = await commandFailure(httpCheck, { param_url: server.url, param_json_path: 'a' });
    expect(error).toMatchObject({ code: 'http_too_large' });
  });

  test.each([
    ['http://no-such-host.invalid/', 'http_refused', 'DNS'],
    ['http://127.0.0.1:1/', 'http_refused', 'refused'],
    ['no address', 'bad_address', ''],
  ])('%s', async (url, code, says) => {
    const error = await commandFailure(httpCheck, { param_url: url });
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  test('a certificate of an authority nobody knows, until it is named', async () => {
    const { pair } = await makeCertificate();
    await using server = await startRecordedServer(() => ({ body: 'x' }), pair);
    expect(await commandFailure(httpCheck, { param_url: server.url })).toMatchObject({ code: 'http_untrusted' });
    expect(await check({ param_url: server.url, param_ca_cert: pair.cert })).toHaveLength(1);
  });

  test('a login does not follow a redirect to another server', async () => {
    await using other = await startRecordedServer(() => ({ body: 'x' }));
    await using server = await startRecordedServer(() => ({ status: 307, headers: { location: other.url } }));
    await check({ param_url: server.url, param_token: 'SECRET', param_headers: '{"X-Key":"k","Accept":"a/b"}' });
    expect(other.requests[0]?.headers).toMatchObject({ accept: 'a/b' });
    expect(JSON.stringify(other.requests[0]?.headers)).not.toMatch(/SECRET|x-key/);
  });
});

describe('pull', () => {
  test('the file as it is now', async () => {
    await using server = await startRecordedServer(fileStore('one'));
    const WORKDIR = workDir();
    const env = { WORKDIR, GET_DIR: 'data', param_url: `${server.url}/a/data.csv?x=1` };
    await runCommand(httpPull, { ...env, version_etag: `"${sha256('one').slice(0, 8)}"` });
    expect(readFileSync(join(WORKDIR, 'data/data.csv'), 'utf8')).toBe('one');
    await runCommand(httpPull, { ...env, version_sha256: sha256('one'), param_filename: 'x.csv' });
    expect(readdirSync(join(WORKDIR, 'data')).sort()).toEqual(['data.csv', 'x.csv']);
  });

  test('as it lies there, not unpacked', async () => {
    await using server = await startRecordedServer(() => ({ body: 'x' }));
    await runCommand(httpPull, { WORKDIR: workDir(), param_url: `${server.url}/a.tgz` });
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('never through a link that lies in its place', async () => {
    await using server = await startRecordedServer(() => ({ body: 'new' }));
    const [WORKDIR, other] = [workDir(), join(workDir(), 'other')];
    writeFileSync(other, 'old');
    for (const name of ['a.tgz', '.a.tgz.part']) symlinkSync(other, join(WORKDIR, name));
    await runCommand(httpPull, { WORKDIR, param_url: `${server.url}/a.tgz` });
    expect([readFileSync(join(WORKDIR, 'a.tgz'), 'utf8'), readFileSync(other, 'utf8')]).toEqual(['new', 'old']);
  });

  test('a file that cannot be written is said', async () => {
    await using server = await startRecordedServer(() => ({ body: 'x' }));
    const WORKDIR = workDir();
    mkdirSync(join(WORKDIR, '.a.tgz.part'));
    const error = await commandFailure(httpPull, { WORKDIR, param_url: `${server.url}/a.tgz` });
    expect(error.message).toContain('cannot write');
  });

  test('a version that is no more', async () => {
    await using server = await startRecordedServer(fileStore('two'));
    const WORKDIR = workDir();
    const error = await commandFailure(httpPull, { WORKDIR, param_url: server.url, version_sha256: sha256('one') });
    expect(error).toMatchObject({ code: 'version_gone' });
    expect(readdirSync(WORKDIR)).toEqual(['dist']);
  });

  test('an address made of the version', async () => {
    await using server = await startRecordedServer(({ path }) => ({ body: path }));
    const WORKDIR = workDir();
    const env = { WORKDIR, param_url: server.url, param_download_url: `${server.url}/v/{version}/app.tgz` };
    await runCommand(httpPull, { ...env, version_value: '1/2' });
    expect(readFileSync(join(WORKDIR, 'app.tgz'), 'utf8')).toBe('/v/1%2F2/app.tgz');
  });

  test.each(['../x', 'a/b', '..', ''])('no name of a file: %p', async (filename) => {
    await using server = await startRecordedServer(() => ({ body: 'x' }));
    const env = { WORKDIR: workDir(), param_url: `${server.url}/..%2fx`, param_filename: filename };
    expect(await commandFailure(httpPull, env)).toMatchObject({ code: 'bad_file_name' });
  });
});

describe('push', () => {
  test('a file, and the version that it became', async () => {
    await using server = await startRecordedServer(fileStore('one'));
    const WORKDIR = workDir();
    writeFileSync(join(WORKDIR, 'dist/app-1.csv'), 'two');
    const env = {
      WORKDIR,
      param_url: `${server.url}/data.csv`,
      param_token: 't',
      put_file: 'dist/*.csv',
      put_headers: '{"X-A":"1"}',
    };
    const { stdout } = await runCommand(httpPush, env);
    expect(JSON.parse(stdout).version).toEqual({ etag: `"${sha256('two').slice(0, 8)}"` });
    expect(server.requests[0]).toMatchObject({
      method: 'PUT',
      headers: { authorization: 'Bearer t', 'x-a': '1', 'content-length': '3' },
    });
  });

  test.each<[Record<string, string>, string]>([
    [{}, 'parameter_missing'],
    [{ put_file: 'nowhere/*' }, 'file_not_found'],
    [{ put_file: '../../etc/passwd' }, 'outside_build'],
    [{ put_file: '/etc/passwd' }, 'outside_build'],
    [{ put_file: 'dist/*' }, 'many_files'],
    [{ put_file: 'etc/passwd' }, 'outside_build'],
    [{ put_file: 'dist/a', put_method: 'DELETE' }, 'bad_parameter'],
  ])('what cannot be pushed: %p', async (env, code) => {
    const WORKDIR = workDir();
    for (const name of ['a', 'b']) writeFileSync(join(WORKDIR, 'dist', name), name);
    symlinkSync('/etc', join(WORKDIR, 'etc'));
    expect(await commandFailure(httpPush, { WORKDIR, param_url: 'http://127.0.0.1:1/', ...env })).toMatchObject({
      code,
    });
  });

  test('a server that does not take it', async () => {
    await using server = await startRecordedServer(() => ({ status: 403, body: 'read only' }));
    const WORKDIR = workDir();
    writeFileSync(join(WORKDIR, 'a'), 'a');
    const error = await commandFailure(httpPush, { WORKDIR, param_url: server.url, put_file: 'a' });
    expect(error.message).toContain('read only');
    expect(error.hint).toContain('"token"');
  });
});
