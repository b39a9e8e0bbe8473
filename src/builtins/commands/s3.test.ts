import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3_KEY, startS3Server } from '../../lib/system/s3-server.fixture.ts';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { type RecordedRequest, startRecordedServer } from '../recorded-server.fixture.ts';
import { s3Check } from './s3-check.ts';
import { s3Pull } from './s3-pull.ts';
import { s3Push } from './s3-push.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-s3-test-'));
let server: Awaited<ReturnType<typeof startS3Server>>;
let base: Record<string, string>;
let number = 0;
beforeAll(async () => {
  mkdirSync(join(root, 'store'));
  server = await startS3Server(join(root, 'store'), 'releases');
  base = {
    ...{ param_bucket: 'releases', param_endpoint: server.endpoint },
    ...{ param_access_key_id: S3_KEY, param_secret_access_key: S3_KEY },
  };
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const workDir = (): string => mkdtempSync(join(root, 'work-'));
const check = async (env: Record<string, string>) =>
  JSON.parse((await runCommand(s3Check, { ...base, ...env })).stdout);
async function put(file: string, text: string | Uint8Array, env: Record<string, string>) {
  const WORKDIR = workDir();
  writeFileSync(join(WORKDIR, file), text);
  return JSON.parse((await runCommand(s3Push, { ...base, WORKDIR, put_file: file, ...env })).stdout);
}
const fresh = (): string => {
  number += 1;
  return `dir-${number}`;
};

describe('files with the version in their names', () => {
  test('in the order of their versions, and one of them fetched', async () => {
    const dir = fresh();
    const env = { param_regexp: `${dir}/app-(.*)\\.tgz` };
    for (const version of ['1.9.0', '1.10.0', '1.10.0-rc.1']) await put(`app-${version}.tgz`, version, env);
    await put('app-x.txt', 'x', { param_regexp: `${dir}/app-(.*)\\.txt` });
    expect((await check(env))[0].version).toEqual({ path: `${dir}/app-1.10.0.tgz` });
    const all = await check({ ...env, version_path: `${dir}/app-1.9.0.tgz` });
    expect(all.map(({ version }: { version: { path: string } }) => version.path)).toEqual(
      ['1.9.0', '1.10.0-rc.1', '1.10.0'].map((version) => `${dir}/app-${version}.tgz`),
    );
    const WORKDIR = workDir();
    await runCommand(s3Pull, { ...base, ...env, WORKDIR, GET_DIR: 'got', version_path: `${dir}/app-1.9.0.tgz` });
    const read = (file: string) => readFileSync(join(WORKDIR, 'got', file), 'utf8');
    expect([read('app-1.9.0.tgz'), read('version'), read('url')]).toEqual([
      '1.9.0',
      '1.9.0',
      `s3://releases/${dir}/app-1.9.0.tgz`,
    ]);
  });

  test('names with characters of their own', async () => {
    const dir = `${fresh()} ü+&(1)`;
    const env = { param_regexp: `${dir.replace(/[+()]/g, '\\$&')}/a b-(.*)` };
    expect((await put('a b-2.0', 'x', env)).version).toEqual({ path: `${dir}/a b-2.0` });
    expect((await check(env))[0].version).toEqual({ path: `${dir}/a b-2.0` });
  });

  test('a file that would not be found again', async () => {
    const WORKDIR = workDir();
    writeFileSync(join(WORKDIR, 'other'), 'x');
    const error = await commandFailure(s3Push, { ...base, WORKDIR, put_file: 'other', param_regexp: 'a/app-(.*)' });
    expect(error).toMatchObject({ code: 'bad_file_name' });
  });
});

describe('one file that is written again and again', () => {
  test('in a bucket without versions', async () => {
    const env = { param_versioned_file: `${fresh()}/state.json` };
    expect(await check(env)).toEqual([]);
    const first = await put('state.json', 'one', env);
    expect(await check(env)).toMatchObject([{ version: first.version }]);
    const WORKDIR = workDir();
    await put('state.json', 'two', env);
    const gone = await commandFailure(s3Pull, { ...base, ...env, WORKDIR, version_etag: first.version.etag });
    expect(gone).toMatchObject({ code: 'version_gone' });
    const [now] = await check(env);
    await runCommand(s3Pull, { ...base, ...env, WORKDIR, version_etag: now.version.etag });
    expect(readFileSync(join(WORKDIR, 'state.json'), 'utf8')).toBe('two');
  });

  test('in a bucket that keeps versions, as Amazon answers', async () => {
    const version = (id: string, key = 'dir/a') =>
      `<Version><Key>${key}</Key><VersionId>${id}</VersionId><LastModified>2026-01-0${id}T00:00:00Z</LastModified><ETag>&quot;e${id}&quot;</ETag></Version>`;
    const list = `<?xml version="1.0"?><ListVersionsResult><IsTruncated>false</IsTruncated>${version('3')}<DeleteMarker><Key>dir/a</Key><VersionId>9</VersionId></DeleteMarker>${version('1')}${version('2', 'dir/ab')}</ListVersionsResult>`;
    await using store = await startRecordedServer(({ method, path }) =>
      method === 'HEAD'
        ? { headers: { 'x-amz-version-id': '3', etag: '"e3"' } }
        : { body: path.includes('versions') ? list : 'content' },
    );
    const env = { param_bucket: 'b', param_endpoint: store.url, param_versioned_file: 'dir/a' };
    const found = JSON.parse((await runCommand(s3Check, { ...env, version_version_id: '1' })).stdout);
    expect(found.map((one: { version: object }) => one.version)).toEqual([{ version_id: '1' }, { version_id: '3' }]);
    const WORKDIR = workDir();
    await runCommand(s3Pull, { ...env, WORKDIR, version_version_id: '1' });
    expect(store.requests.at(-1)?.path).toBe('/b/dir/a?versionId=1');
    expect(store.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('a large one goes in parts', async () => {
    const env = { param_versioned_file: `${fresh()}/large` };
    const bytes = new Uint8Array(65 * 1024 * 1024).fill(7);
    const { version } = await put('large', bytes, env);
    const WORKDIR = workDir();
    const { stderr } = await runCommand(s3Pull, { ...base, ...env, WORKDIR, version_etag: version.etag });
    expect(stderr).toContain(`${bytes.byteLength} bytes`);
  });
});

/** As Amazon describes it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function expectedSignature(request: RecordedRequest, secret: string): string {
  const [, scope = '', signedHeaders = ''] =
    /Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? '') ?? [];
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const [path = '', query = ''] = request.path.split('?');
  const canonical = [
    ...[request.method, path, query.split('&').sort().join('&')],
    ...signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    ...['', signedHeaders, String(request.headers['x-amz-content-sha256'])],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>((last, part) => createHmac('sha256', last).update(part).digest(), `AWS4${secret}`);
  return createHmac('sha256', key).update(toSign).digest('hex');
}

test('requests are signed as they are sent', async () => {
  await using store = await startRecordedServer(() => ({
    headers: { etag: '"1"' },
    body: '<ListBucketResult></ListBucketResult>',
  }));
  const env = { param_endpoint: store.url, param_region: 'eu-west-1', param_session_token: 'tok' };
  await check({ ...env, param_regexp: 'a b/ü+(.*)' });
  await put('x&y', 'text', {
    ...env,
    param_versioned_file: "dir/x&y (1)'!*.txt",
    put_content_type: 'text/plain',
    put_acl: 'private',
  });
  expect(store.requests.length).toBeGreaterThanOrEqual(3);
  for (const request of store.requests) {
    const sent = /Signature=([0-9a-f]+)/.exec(request.headers.authorization ?? '')?.[1];
    expect(sent).toBe(expectedSignature(request, S3_KEY));
    expect(request.headers['x-amz-security-token']).toBe('tok');
  }
});

describe('what goes wrong says which parameter', () => {
  test.each<[Record<string, string>, string, string]>([
    [{ param_bucket: '' }, 'parameter_missing', ''],
    [{ param_bucket: 'a/b' }, 'bad_parameter', ''],
    [{ param_bucket: 'nowhere' }, 'http_404', '"bucket"'],
    [{ param_access_key_id: 'wrong' }, 'http_403', '"secret_access_key"'],
    [{ param_secret_access_key: '' }, 'parameter_missing', 'empty'],
    [{ param_regexp: '' }, 'parameter_missing', 'versioned_file'],
    [{ param_versioned_file: 'x' }, 'bad_parameter', 'versioned_file'],
    [{ param_regexp: 'a(' }, 'bad_pattern', 'RE2'],
    [{ param_endpoint: 'http://127.0.0.1:1' }, 'http_refused', ''],
  ])('%p', async (env, code, hint) => {
    const error = await commandFailure(s3Check, { ...base, param_regexp: 'app-(.*)', ...env });
    expect(error.code).toBe(code);
    expect(error.hint ?? '').toContain(hint);
  });

  test('a region that is another, and an answer that is no XML', async () => {
    const error = '<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>';
    await using redirects = await startRecordedServer(() => ({
      status: 301,
      headers: { 'x-amz-bucket-region': 'eu-west-1' },
      body: error,
    }));
    const env = { param_bucket: 'b', param_regexp: 'a-(.*)' };
    const elsewhere = await commandFailure(s3Check, { ...env, param_endpoint: redirects.url });
    expect(elsewhere.hint).toContain('region = "eu-west-1"');
    expect(elsewhere.message).toContain('PermanentRedirect: elsewhere');
    await using page = await startRecordedServer(() => ({ body: '{"no": "xml"}' }));
    expect(await commandFailure(s3Check, { ...env, param_endpoint: page.url })).toMatchObject({ code: 's3_answer' });
  });
});
