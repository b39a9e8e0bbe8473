import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { type ImageRegistry, registryAvailability, startImageRegistry } from '../../../test/servers/image-registry.ts';
import { testWith } from '../../../test/servers/required.ts';
import { commandFailure, runCommand } from '../command-run.fixture.ts';
import { startRecordedServer } from '../recorded-server.fixture.ts';
import { imageName } from '../registry/image-name.ts';
import { layerTar, writeDockerArchive, writeOciLayout } from '../registry/images.fixture.ts';
import { addLayer } from '../registry/rootfs.ts';
import { registryImageCheck } from './registry-image-check.ts';
import { registryImagePull } from './registry-image-pull.ts';
import { registryImagePush } from './registry-image-push.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-registry-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const workDir = (): string => mkdtempSync(join(root, 'work-'));
const withRegistry = testWith({ registry: registryAvailability() });

describe('a registry', () => {
  let registry: ImageRegistry;
  let number = 0;
  beforeAll(async () => {
    if (registryAvailability().available) registry = await startImageRegistry();
  });
  afterAll(() => registry?.[Symbol.asyncDispose]());

  const repository = () => {
    number += 1;
    return { param_repository: `${registry.host}/org/app-${number}` };
  };
  const push = async (env: Record<string, string>) => JSON.parse((await runCommand(registryImagePush, env)).stdout);
  const check = async (env: Record<string, string>) => JSON.parse((await runCommand(registryImageCheck, env)).stdout);
  const layers = [
    { 'etc/motd': 'hello', 'bin/': '' },
    { 'etc/motd': 'hello again', 'app/run': 'run' },
  ];

  withRegistry('what was pushed is found and fetched: a layout, its tags, its files', async () => {
    const WORKDIR = workDir();
    const digest = await writeOciLayout(join(WORKDIR, 'image'), root, layers);
    const env = { ...repository(), WORKDIR };
    const pushed = await push({
      ...env,
      put_image: 'image',
      put_tag: '1.0',
      put_additional_tags: '["latest","stable"]',
    });
    expect(pushed.version).toEqual({ tag: '1.0', digest });
    for (const tag of ['latest', '1.0', 'stable']) {
      expect((await check({ ...env, param_tag: tag }))[0].version).toEqual({ tag, digest });
    }
    const version = { version_tag: '1.0', version_digest: digest };
    await runCommand(registryImagePull, { ...env, ...version, GET_DIR: 'got' });
    const read = (file: string) => readFileSync(join(WORKDIR, 'got', file), 'utf8');
    expect([read('rootfs/etc/motd'), read('rootfs/app/run'), read('tag'), read('digest')]).toEqual([
      'hello again',
      'run',
      '1.0',
      digest,
    ]);
    expect(JSON.parse(read('metadata.json'))).toMatchObject({ env: ['A=1'], user: 'ada', workdir: '/app' });
    expect(readdirSync(join(WORKDIR, 'got')).sort()).toEqual([
      'digest',
      'metadata.json',
      'repository',
      'rootfs',
      'tag',
    ]);
    const again = await runCommand(registryImagePush, { ...env, put_image: 'image' });
    expect(again.stderr).toContain('is there already');
  });

  withRegistry('as a layout, and packed; both can be pushed again and are the same image', async () => {
    const WORKDIR = workDir();
    const digest = await writeOciLayout(join(WORKDIR, 'image'), root, layers);
    const env = { ...repository(), WORKDIR };
    await push({ ...env, put_image: 'image' });
    const version = { version_tag: 'latest', version_digest: digest };
    await runCommand(registryImagePull, { ...env, ...version, GET_DIR: 'a', get_format: 'oci' });
    await runCommand(registryImagePull, { ...env, ...version, GET_DIR: 'b', param_format: 'tar' });
    for (const image of ['a/oci', 'b/*.tar']) {
      expect((await push({ ...env, ...repository(), put_image: image })).version.digest).toBe(digest);
    }
    expect(readdirSync(join(WORKDIR, 'b')).sort()).toEqual(['digest', 'image.tar', 'repository', 'tag']);
  });

  withRegistry('an image for several platforms', async () => {
    const WORKDIR = workDir();
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ];
    const digest = await writeOciLayout(join(WORKDIR, 'image'), root, layers, platforms);
    const env = { ...repository(), WORKDIR };
    expect((await push({ ...env, put_image: 'image' })).version.digest).toBe(digest);
    const version = { version_tag: 'latest', version_digest: digest };
    await runCommand(registryImagePull, { ...env, ...version, GET_DIR: 'got', param_platform: 'linux/arm64' });
    expect(existsSync(join(WORKDIR, 'got/rootfs/platform-arm64'))).toBe(true);
    const error = await commandFailure(registryImagePull, { ...env, ...version, param_platform: 'linux/s390x' });
    expect(error).toMatchObject({ code: 'no_platform', hint: expect.stringContaining('linux/amd64, linux/arm64') });
  });

  withRegistry('a tar of docker save', async () => {
    const WORKDIR = workDir();
    await writeDockerArchive(join(WORKDIR, 'image.tar'), root, layers);
    const env = { ...repository(), WORKDIR };
    const { version } = await push({
      ...env,
      put_image: 'image.tar',
      put_tag_file: 'version',
      ...writeVersion(WORKDIR),
    });
    expect(version.tag).toBe('1.2');
    await runCommand(registryImagePull, { ...env, version_tag: '1.2', version_digest: version.digest, GET_DIR: 'got' });
    expect(readFileSync(join(WORKDIR, 'got/rootfs/etc/motd'), 'utf8')).toBe('hello again');
  });
  const writeVersion = (dir: string): object => {
    writeFileSync(join(dir, 'version'), '1.2\n');
    return {};
  };

  withRegistry('tags by a pattern, in the order of their versions', async () => {
    const WORKDIR = workDir();
    const digest = await writeOciLayout(join(WORKDIR, 'image'), root, layers);
    const env = { ...repository(), WORKDIR };
    await push({
      ...env,
      put_image: 'image',
      put_tag: '1.9.0',
      put_additional_tags: '1.10.0, 1.11.0-rc.1, 1.10.0-alpine, 1.9.0-alpine, latest',
    });
    const tags = async (more: Record<string, string>) =>
      (await check({ ...env, version_tag: '1.9.0', version_digest: digest, ...more })).map(
        ({ version }: { version: { tag: string } }) => version.tag,
      );
    expect(await tags({ param_tag: '*' })).toEqual(['1.9.0', '1.10.0']);
    expect(await tags({ param_tag: '/^(.+)-alpine$/', version_tag: '1.9.0-alpine' })).toEqual([
      '1.9.0-alpine',
      '1.10.0-alpine',
    ]);
    expect(await tags({ param_tag: '1.11*', param_pre_releases: 'true', version_tag: '' })).toEqual(['1.11.0-rc.1']);
  });

  withRegistry('what is not there', async () => {
    const env = { ...repository(), WORKDIR: workDir() };
    expect(await commandFailure(registryImageCheck, env)).toMatchObject({
      code: 'tag_not_found',
      hint: expect.stringContaining('"repository"'),
    });
    expect(await commandFailure(registryImageCheck, { ...env, param_tag: '*' })).toMatchObject({ code: 'http_404' });
    expect(await commandFailure(registryImageCheck, { ...env, param_tag: '/(/' })).toMatchObject({
      code: 'bad_pattern',
    });
    const version = { version_tag: 'x', version_digest: `sha256:${'0'.repeat(64)}` };
    expect(await commandFailure(registryImagePull, { ...env, ...version })).toMatchObject({ code: 'http_404' });
  });
});

withRegistry('a login: by name and password, and by a token of another server', async () => {
  const login = { username: 'ci', password: 's3cret' };
  await using registry = await startImageRegistry({ login });
  const WORKDIR = workDir();
  const digest = await writeOciLayout(join(WORKDIR, 'image'), root, [{ file: 'x' }]);
  const env = { WORKDIR, put_image: 'image', param_repository: `${registry.host}/app` };
  const known = { ...env, param_username: 'ci', param_password: 's3cret' };
  expect(await commandFailure(registryImageCheck, env)).toMatchObject({
    code: 'registry_login',
    hint: expect.stringContaining('"username"'),
  });
  const wrong = await commandFailure(registryImageCheck, { ...known, param_password: 'hunter22' });
  expect(wrong).toMatchObject({ code: 'http_401', hint: expect.stringContaining('"password"') });
  expect(await commandFailure(registryImageCheck, { ...env, param_username: 'ci' })).toMatchObject({
    code: 'parameter_missing',
  });
  await runCommand(registryImagePush, known);

  await using tokens = await startRecordedServer(({ path, headers }) => {
    const isKnown = headers.authorization === `Basic ${Buffer.from('ci:s3cret').toString('base64')}`;
    return isKnown && path.includes('scope=repository%3Aapp%3Apull') ? { body: '{"token":"t0ken"}' } : { status: 401 };
  });
  await using front = await startRecordedServer(async ({ method, path, headers }) => {
    if (headers.authorization !== 'Bearer t0ken') {
      const challenge = `Bearer realm="${tokens.url}/token",service="registry",scope="repository:app:pull"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    }
    const authorization = `Basic ${Buffer.from('ci:s3cret').toString('base64')}`;
    const answer = await fetch(`http://${registry.host}${path}`, {
      method,
      headers: { authorization, accept: headers.accept ?? '' },
    });
    const told = answer.headers.get('docker-content-digest') ?? '';
    return { status: answer.status, headers: { 'docker-content-digest': told }, body: await answer.text() };
  });
  const { stdout } = await runCommand(registryImageCheck, {
    ...known,
    param_repository: `${new URL(front.url).host}/app`,
  });
  expect(JSON.parse(stdout)[0].version.digest).toBe(digest);
});

describe('a registry that sends something else', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each<[string, (path: string) => string, string]>([
    ['another manifest', () => '{"schemaVersion":2}', 'wrong_digest'],
    ['a page', () => '<html>', 'wrong_digest'],
  ])('%s', async (_, body, code) => {
    await using server = await startRecordedServer(({ path }) => ({ body: body(path) }));
    const env = { param_repository: `${new URL(server.url).host}/app`, WORKDIR: workDir(), version_digest: digest };
    expect(await commandFailure(registryImagePull, env)).toMatchObject({ code });
  });

  test('rubbish for a list of tags', async () => {
    await using server = await startRecordedServer(() => ({ body: '{"tags":5}' }));
    const env = { param_repository: `${new URL(server.url).host}/app`, param_tag: '*' };
    expect(await commandFailure(registryImageCheck, env)).toMatchObject({ code: 'http_answer' });
  });
});

describe('the layers of an image', () => {
  async function unpack(...layers: Record<string, string>[]): Promise<string> {
    const dir = join(workDir(), 'rootfs');
    for (const [at, files] of layers.entries()) {
      const file = `${dir}-${at}.tar`;
      writeFileSync(file, await layerTar(root, files));
      await addLayer(dir, file);
    }
    return dir;
  }

  test('a later one takes files away', async () => {
    const dir = await unpack(
      { 'a/keep': '1', 'a/gone': '1', 'b/old': '1', 'b/deep/old': '1' },
      { 'a/.wh.gone': '', 'b/.wh..wh..opq': '', 'b/new': '2' },
    );
    expect(readdirSync(join(dir, 'a'))).toEqual(['keep']);
    expect(readdirSync(join(dir, 'b'))).toEqual(['new']);
  });

  test('links are followed inside it, never out of it', async () => {
    const dir = await unpack(
      { 'usr/lib/a': '1', lib: '-> usr/lib', out: '-> /../../../../../../tmp', up: '-> ../../..' },
      { 'lib/b': '2', 'out/evil': 'x', 'up/evil': 'x' },
    );
    expect(readFileSync(join(dir, 'usr/lib/b'), 'utf8')).toBe('2');
    expect(lstatSync(join(dir, 'lib')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(tmpdir(), 'evil'))).toBe(false);
    expect(existsSync(join(dir, '../evil'))).toBe(false);
    expect(statSync(join(dir, 'tmp/evil')).isFile()).toBe(true);
    expect(statSync(join(dir, 'evil')).isFile()).toBe(true);
  });

  test('packed with zstd, as newer tools do', async () => {
    const dir = workDir();
    writeFileSync(join(dir, 'layer'), zstdCompressSync(await layerTar(root, { 'a/b': 'x' })));
    await addLayer(join(dir, 'rootfs'), join(dir, 'layer'));
    expect(readFileSync(join(dir, 'rootfs/a/b'), 'utf8')).toBe('x');
  });

  test('a directory in place of a file, and a file in place of a directory', async () => {
    const dir = await unpack({ a: '1', 'b/c': '1' }, { 'a/x': '2', '.wh.b': '', b: '2' });
    expect(readFileSync(join(dir, 'a/x'), 'utf8')).toBe('2');
    expect(readFileSync(join(dir, 'b'), 'utf8')).toBe('2');
  });
});

test.each([
  ['alpine', 'https://registry-1.docker.io', 'library/alpine'],
  ['org/app', 'https://registry-1.docker.io', 'org/app'],
  ['docker.io/org/app', 'https://registry-1.docker.io', 'org/app'],
  ['ghcr.io/org/app/', 'https://ghcr.io', 'org/app'],
  ['https://registry.example.org:5000/a', 'https://registry.example.org:5000', 'a'],
  ['localhost:5000/a', 'http://localhost:5000', 'a'],
  ['localhost/a', 'http://localhost', 'a'],
])('the repository %s', (repository, origin, path) => {
  expect(imageName({ param_repository: repository })).toMatchObject({ origin, path });
});

test.each(['alpine:3', 'alpine@sha256:0', 'Org/App', 'a//b', 'ghcr.io/../x', ''])(
  'no repository: %p',
  async (repository) => {
    const code = repository === '' ? 'parameter_missing' : 'bad_parameter';
    expect(await commandFailure(registryImageCheck, { param_repository: repository })).toMatchObject({ code });
  },
);

describe('what cannot be pushed', () => {
  test.each<[string, Record<string, string>, string]>([
    ['nothing', {}, 'parameter_missing'],
    ['no such file', { put_image: 'x.tar' }, 'file_not_found'],
    ['what is no tar', { put_image: 'text' }, 'no_image'],
    ['an empty directory', { put_image: 'empty' }, 'no_image'],
    ['a layout that lacks a blob', { put_image: 'half' }, 'no_image'],
    ['a tag that is none', { put_image: 'half', put_tag: 'a b' }, 'bad_tag'],
    ['a pattern for a tag', { put_image: 'half', param_tag: '1.*' }, 'bad_tag'],
  ])('%s', async (_, env, code) => {
    const WORKDIR = workDir();
    writeFileSync(join(WORKDIR, 'text'), 'no tar '.repeat(200));
    mkdirSync(join(WORKDIR, 'empty'));
    const digest = await writeOciLayout(join(WORKDIR, 'half'), root, [{ a: '1' }]);
    for (const file of readdirSync(join(WORKDIR, 'half/blobs/sha256'))) {
      if (file !== digest.slice(7)) rmSync(join(WORKDIR, 'half/blobs/sha256', file));
    }
    const given = { WORKDIR, param_repository: '127.0.0.1:1/app', ...env };
    expect(await commandFailure(registryImagePush, given)).toMatchObject({ code });
  });
});
