/** Artifacts and caches with the built executable: from job to job, over the API and the command line, over a killed server, without a server. */
import { expect } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

const artifact = (name: string, path: string): string => `
resource "artifact" "${name}" {
  params { paths = ["${path}"] }
}
`;
/** A job that makes a file or more, and puts them. */
const making = (job: string, name: string, script: string): string => `
job "${job}" {
  task "make" {
    run "shell" { cmd = "${script}" }
  }
  put "artifact" "${name}" {}
}
`;

const MAKE_DIST =
  "mkdir -p dist/sub; echo 'hello from '$BUILD_NUMBER > dist/app; chmod 755 dist/app; seq 200000 > dist/sub/numbers; ln -s app dist/link";
const flow = `${artifact('dist', 'dist/**')}${making('build', 'dist', MAKE_DIST)}
job "test" {
  get "artifact" "dist" {
    trigger = true
    passed  = ["build"]
  }
  task "look" {
    run "shell" { cmd = "cat dist/app dist/link; test -x dist/app; tail -1 dist/sub/numbers; echo built by $GET_DIST_BUILD" }
  }
}
`;

/** What `pikoci artifacts download` does in a place: an artifact of the newest build of `build`. */
const download = (place: PikociPlace, { url }: RunningServer, ...what: string[]) =>
  place.run(['artifacts', 'download', ...what, '-p', 'pipeline', '-j', 'build', '--url', url]);

const api = (server: RunningServer, place: PikociPlace, path: string, headers: Record<string, string> = {}) => {
  const { token } = JSON.parse(readFileSync(findLocalAccess(place), 'utf8')) as { token: string };
  return fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
};

/** Where the server leaves its address and token for the command line of this account. */
function findLocalAccess(place: PikociPlace): string {
  const found = readdirSync(place.path, { recursive: true, encoding: 'utf8' }).filter((path) => /\.json$/.test(path));
  for (const path of found)
    if (/"token"/.test(readFileSync(join(place.path, path), 'utf8'))) return join(place.path, path);
  throw new Error(`no local access in ${found.join(', ')}`);
}

for (const system of ['fs', 'database']) {
  test(`an artifact goes from job to job, and to people (${system})`, async () => {
    await using place = pikociPlace();
    place.write('pipeline.hcl', flow);
    const server = await place.startServer(
      '--db-system',
      'mem',
      '--blobs-system',
      system,
      '--pipeline-config',
      'pipeline.hcl',
    );
    await server.cli('jobs', 'trigger', 'build', '-p', 'pipeline');
    expect((await endedBuild(server, 'pipeline', 'build', 1)).status).toBe('succeeded');
    // Nobody has to say that there is a new version: the put makes one, and the next job is for it.
    expect((await endedBuild(server, 'pipeline', 'test', 1)).status).toBe('succeeded');
    expect(await logOf(server, 'pipeline', 'test', 1)).toContain('hello from 1\nhello from 1\n200000\nbuilt by 1\n');

    const list = (await server.json('artifacts', 'list', '1', '-p', 'pipeline', '-j', 'build', '--json')) as {
      sha256: string;
    }[];
    expect(list).toMatchObject([{ name: 'dist', entries: 4, resource: 'artifact.dist' }]);
    expect((await server.cli('artifacts', 'list', '-p', 'pipeline', '-j', 'build')).stdout).toMatch(
      /dist +\d+ kB +1\.3 MB +4 /,
    );
    const files = await server.cli('artifacts', 'files', 'dist', '-p', 'pipeline', '-j', 'build');
    expect(files.stdout).toMatch(/755 +13 B +app\n/);
    expect(files.stdout).toContain('link -> app');
    const whole = await download(place, server, 'dist');
    expect(whole.stdout).toContain(list[0]?.sha256 ?? '?');
    const archive = readFileSync(join(place.path, 'dist.tar.gz'));
    expect(createHash('sha256').update(archive).digest('hex')).toBe(list[0]?.sha256 ?? '');
    mkdirSync(join(place.path, 'unpacked'));
    execFileSync('tar', ['-xzf', join(place.path, 'dist.tar.gz'), '-C', join(place.path, 'unpacked')]);
    expect(statSync(join(place.path, 'unpacked/app')).mode & 0o777).toBe(0o755);
    await download(place, server, 'dist', '--file', 'sub/numbers', '-o', 'n');
    expect(readFileSync(join(place.path, 'n'), 'utf8')).toEndWith('199999\n200000\n');

    const { id } = (await server.json('builds', 'get', '1', '-p', 'pipeline', '-j', 'build', '--json')) as {
      id: string;
    };
    const file = await api(server, place, `/builds/${id}/artifacts/dist/file?path=sub/numbers`, { range: 'bytes=-7' });
    expect([file.status, await file.text()]).toEqual([206, '200000\n']);
    expect(file.headers.get('content-disposition')).toContain('attachment; filename="numbers"');
    expect(file.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    const none = await api(server, place, `/builds/${id}/artifacts/dist/file?path=../../etc/passwd`);
    expect(none.status).toBe(404);
    const unknown = await server.cli('artifacts', 'download', 'dust', '-p', 'pipeline', '-j', 'build');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('it has dist')]);
    expect((await server.cli('resources', 'check', 'artifact.dist', '-p', 'pipeline')).stderr).toContain(
      'has its versions from put',
    );
    await server.stop();
  });
}

test('an upload goes on where it was when the server is killed in the middle of it', async () => {
  await using place = pikociPlace();
  const make = 'head -c 150000000 /dev/urandom > big; sha256sum big | cut -c1-64';
  place.write('pipeline.hcl', artifact('big', 'big') + making('build', 'big', make));
  const settings = ['--db-system', 'sqlite', '--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
  const first = await place.startServer(...settings);
  await first.cli('jobs', 'trigger', 'build', '-p', 'pipeline');
  const uploads = join(place.path, 'data/server/uploads');
  await eventually('some of it has come', async () => {
    const [name] = existsSync(uploads) ? readdirSync(uploads) : [];
    return name !== undefined && statSync(join(uploads, name)).size > 0 ? true : undefined;
  });
  await first.kill9();
  const [name = ''] = readdirSync(uploads);
  const come = statSync(join(uploads, name)).size;
  expect(come).toBeGreaterThan(0);
  const second = await place.startServer(...settings);
  expect((await endedBuild(second, 'pipeline', 'build', 1, 60_000)).status).toBe('succeeded');
  expect(readdirSync(uploads)).toEqual([]);
  const log = await logOf(second, 'pipeline', 'build', 1);
  const detail = await second.json('builds', 'get', '1', '-p', 'pipeline', '-j', 'build', '--json');
  expect(detail).toMatchObject({ attempts: [{ number: 1, outcome: 'succeeded' }] });
  await download(place, second, 'big', '--file', 'big', '-o', 'got');
  expect(log).toContain(
    createHash('sha256')
      .update(readFileSync(join(place.path, 'got')))
      .digest('hex'),
  );
  await second.stop();
}, 120_000);

test('what is too large, or damaged where it is kept, is said', async () => {
  await using place = pikociPlace();
  const small = making('small', 'dist', 'seq 100000 > dist');
  const large = making('large', 'dist', 'head -c 3000000 /dev/urandom > dist');
  const use = 'job "use" {\n  get "artifact" "dist" { passed = ["small"] }\n}\n';
  place.write('pipeline.hcl', artifact('dist', 'dist') + small + large + use);
  const settings = ['--db-system', 'sqlite', '--data-dir', 'data', '--max-artifact-size', '2'];
  const server = await place.startServer(...settings, '--pipeline-config', 'pipeline.hcl');
  await server.cli('jobs', 'trigger', 'large', '-p', 'pipeline', '--watch');
  const tooLarge = await server.json('builds', 'get', '1', '-p', 'pipeline', '-j', 'large', '--json');
  expect(JSON.stringify(tooLarge)).toContain('--max-artifact-size');
  expect((await server.cli('jobs', 'trigger', 'small', '-p', 'pipeline', '--watch')).code).toBe(0);
  const [{ sha256 = '' } = {}] = (await server.json(
    'artifacts',
    'list',
    '-p',
    'pipeline',
    '-j',
    'small',
    '--json',
  )) as { sha256: string }[];
  const blob = join(place.path, 'data/server/blobs', sha256.slice(0, 2), sha256.slice(2));
  const bytes = readFileSync(blob);
  bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
  writeFileSync(blob, bytes);
  await server.cli('jobs', 'trigger', 'use', '-p', 'pipeline', '--watch');
  expect((await endedBuild(server, 'pipeline', 'use', 1)).status).toBe('errored');
  expect(JSON.stringify(await server.json('builds', 'get', '1', '-p', 'pipeline', '-j', 'use', '--json'))).toContain(
    'is damaged',
  );
  const refused = await server.cli('artifacts', 'download', 'dist', '-p', 'pipeline', '-j', 'small', '-o', 'x');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('what came is damaged')]);
  expect(existsSync(join(place.path, 'x'))).toBe(false);
  await server.stop();
}, 120_000);

const cached = `
job "deps" {
  task "install" {
    cache {
      key          = "deps-\${hashfiles("*.lock")}"
      paths        = ["deps"]
      restore_keys = ["deps-"]
    }
    run "shell" { cmd = "mkdir -p deps; ls deps; touch deps/$(date +%N)" }
  }
}
`;

test('a cache is kept from build to build, on a server', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    cached.replace('job "deps" {', 'job "deps" {\n  task "lock" {\n    run "shell" { cmd = "echo 1 > a.lock" }\n  }'),
  );
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  for (const number of [1, 2]) {
    await server.cli('jobs', 'trigger', 'deps', '-p', 'pipeline');
    expect((await endedBuild(server, 'pipeline', 'deps', number)).status).toBe('succeeded');
  }
  expect(await logOf(server, 'pipeline', 'deps', 1)).toMatch(
    /cache: there is none for deps-\w{64} yet\n.*cache: kept as deps-/s,
  );
  expect(await logOf(server, 'pipeline', 'deps', 2)).toMatch(/cache: deps-\w{64} is brought back, \d+ B\n\d+\n$/);
  await server.stop();
});

test('pikoci run: artifacts go from one run to the next, caches too, and a put of one needs no leave', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', flow + cached);
  const run = (...args: string[]) => place.run(['run', '--pipeline-config', 'pipeline.hcl', ...args]);
  const early = await run('--job', 'test');
  expect([early.code, early.stdout]).toEqual([1, expect.stringContaining('no job run here has put artifact.dist yet')]);
  expect((await run('--job', 'build')).stdout).toContain('dist is kept, sha256');
  const late = await run('--job', 'test');
  expect([late.code, late.stdout]).toEqual([0, expect.stringContaining('hello from 1')]);
  expect((await run('--job', 'deps')).stdout).toContain('cache: kept as deps-');
  expect((await run('--job', 'deps')).stdout).toContain('is brought back');
});
