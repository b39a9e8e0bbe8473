/** Tokens that say which build asks, checked as a cloud checks them: by what the server publishes. */
import { expect, test } from 'bun:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { generateSealKey, open } from '../../lib/system/seal.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import { ended, started, startTestServer, type TestServer } from '../test-server.fixture.ts';

const pipelines = { app: model([resource('src')], [job('deploy', [get('1', 'git.src'), task('2')])]) };
const key = generateSealKey();

async function read(server: TestServer, path: string): Promise<Response> {
  return server.fetch(new Request(`http://ci.test${path}`));
}

async function running(server: TestServer) {
  const bundle = { main: 'p.hcl', files: { 'p.hcl': 'app' } };
  await server.server.setPipeline('main', 'app', { bundle, variables: {} });
  const worker = await server.worker();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'abc' }, metadata: {} }] });
  const grant = await worker.nextBuild();
  const ask = (audience: string, change: object = {}) =>
    worker.ask({
      kind: 'id_token',
      worker: worker.id,
      sealKey: key.publicKey,
      build: grant.build.id,
      attempt: grant.attempt,
      fencing: grant.fencing,
      audience,
      ...change,
    });
  return { worker, grant, ask };
}

test('a token is for one audience, says which build it is of, and is checked by what the server publishes', async () => {
  await using server = await startTestServer(pipelines);
  const { worker, grant, ask } = await running(server);
  const answer = await ask('sts.example.com');
  if (answer.kind !== 'secret') throw new Error(JSON.stringify(answer));
  const token = open(key, answer.sealed);
  if (typeof token !== 'string') throw new Error('expected a text');

  const configuration = await (await read(server, '/.well-known/openid-configuration')).json();
  expect(configuration).toMatchObject({
    issuer: 'http://ci.test',
    jwks_uri: 'http://ci.test/.well-known/jwks.json',
    id_token_signing_alg_values_supported: ['RS256'],
  });
  const published = await (await read(server, '/.well-known/jwks.json')).text();
  expect(published).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  const keys = createLocalJWKSet(JSON.parse(published));
  const checks = { issuer: 'http://ci.test', audience: 'sts.example.com', algorithms: ['RS256'] };
  const { payload } = await jwtVerify(token, keys, checks);
  expect(payload).toMatchObject({
    sub: 'team:main:pipeline:app:job:deploy',
    team: 'main',
    pipeline: 'app',
    job: 'deploy',
    build: grant.build.id,
    build_number: '1',
    ref: 'abc',
  });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
  await expect(jwtVerify(token, keys, { ...checks, audience: 'another' })).rejects.toThrow();

  expect(await ask('x', { fencing: grant.fencing + 1 })).toMatchObject({ problem: { code: 'build.not_held' } });
  expect(await ask('x', { build: 'another' })).toMatchObject({ problem: { code: 'build.not_held' } });
  await worker.emit(grant, started, ended());
  expect(await ask('x')).toMatchObject({ kind: 'refused', problem: { code: 'build.not_held' } });
});

test('the key is one for all servers of a database, and made anew when its secret key is lost', async () => {
  await using server = await startTestServer(pipelines);
  const text = async () => (await read(server, '/.well-known/jwks.json')).text();
  const first = await text();
  expect(await text()).toBe(first);
  const kept = await server.store.getSetting('id_token_key');
  expect(kept).not.toContain('"d"');
});
