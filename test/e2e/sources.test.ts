import { expect } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { opensslAvailability, startHttpsServer } from '../servers/https-server.ts';
import { EXECUTABLE, type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { type CommandResult, runCommand } from '../servers/run-command.ts';

const test = testWith({ executable: pikociAvailability(), openssl: opensslAvailability() });

const COUNTER = `resource_type "counter" {
  params = []
  check "exec" {
    path = "echo"
    args = ["[{\\"n\\":\\"41\\"}]"]
  }
  pull "exec" {
    path = "sh"
    args = ["-c", "echo n is $version_n > n/n"]
  }
}
`;
const GREET = `runner_type "greet" {
  run {
    path = "sh"
    args = ["-c", "echo $word; cat n/n"]
  }
}
`;
const pipeline = (url: string): string => `resource_type "counter" {
  source = "${url}/counter.hcl"
}

runner_type "greet" {
  source = "${url}/greet.hcl"
}

resource "counter" "n" {}

job "count" {
  get "counter" "n" { trigger = true }
  task "greet" {
    run "greet" { word = "hello" }
  }
}
`;

/** As `place.run`, with more in the environment. */
function runIn(place: PikociPlace, args: readonly string[], more: Record<string, string>): Promise<CommandResult> {
  return runCommand(EXECUTABLE, args, { cwd: place.path, env: { ...place.environment, ...more }, timeoutMs: 60_000 });
}

test('types from a server of our own: locked, changed, restored, and from the cache when it is gone', async () => {
  await using place = pikociPlace();
  await using web = await startHttpsServer();
  web.files.set('/counter.hcl', COUNTER).set('/greet.hcl', GREET);
  place.write('pipeline.hcl', pipeline(web.url));
  // A proxy would connect to addresses that nobody checked, so it is not used.
  const nowhere = 'http://127.0.0.1:1';
  const trust = { NODE_EXTRA_CA_CERTS: web.certificate, HTTPS_PROXY: nowhere, https_proxy: nowhere };
  const pikoci = (...args: string[]) => runIn(place, args, trust);
  /** As another machine, that has fetched nothing yet. */
  const elsewhere = (...args: string[]) => {
    rmSync(join(place.path, 'elsewhere'), { recursive: true, force: true });
    return runIn(place, args, { ...trust, XDG_CACHE_HOME: join(place.path, 'elsewhere') });
  };

  const valid = await pikoci('validate');
  expect([valid.code, valid.stderr]).toEqual([0, '']);
  expect((await pikoci('lock', '--check')).code).toBe(1);
  const locked = await pikoci('lock');
  expect([locked.code, locked.stdout]).toEqual([0, expect.stringContaining('pipeline.lock.hcl: 2 sources locked')]);
  expect(readFileSync(join(place.path, 'pipeline.lock.hcl'), 'utf8')).toContain(`"${web.url}/greet.hcl" {`);
  expect(web.log.filter((line) => line.startsWith('GET /greet.hcl'))).toEqual([
    'GET /greet.hcl 200',
    'GET /greet.hcl 304',
    'GET /greet.hcl 304',
  ]);
  const before = web.log.length;
  const run = await pikoci('run', '--job', 'count');
  expect([run.code, run.stdout]).toEqual([0, expect.stringMatching(/hello[\s\S]*n is 41/)]);
  expect(web.log.length).toBe(before);

  web.files.set('/greet.hcl', GREET.replace('echo $word', 'curl evil.example'));
  for (const command of [['validate'], ['run', '--job', 'count']]) {
    const { code, stderr } = await elsewhere(...command);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Source is not what was locked')]);
    expect(stderr).toContain('pipeline.hcl:6');
    expect(stderr).toContain(`pikoci lock --update ${web.url}/greet.hcl pipeline.hcl`);
  }
  const checked = await pikoci('lock', '--check');
  expect([checked.code, checked.stderr]).toEqual([1, expect.stringContaining(`~ ${web.url}/greet.hcl`)]);
  expect(checked.stderr).not.toContain('counter.hcl');
  // Where the locked text was fetched before, it is still used.
  expect((await pikoci('validate')).code).toBe(0);

  web.files.set('/greet.hcl', GREET);
  expect((await elsewhere('validate')).code).toBe(0);
  expect((await pikoci('lock', '--check')).code).toBe(0);

  await web.stop();
  const cached = await pikoci('run', '--job', 'count');
  expect([cached.code, cached.stdout]).toEqual([0, expect.stringMatching(/hello[\s\S]*n is 41/)]);
  const alone = await elsewhere('validate');
  expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining('connection refused')]);
}, 120_000);

test('a server that is not trusted, and how it comes to be', async () => {
  await using place = pikociPlace();
  await using web = await startHttpsServer();
  const plain = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response(GREET) });
  try {
    web.files.set('/counter.hcl', COUNTER).set('/greet.hcl', GREET);
    web.files.set('/down.hcl', `redirect:http://127.0.0.1:${plain.port}/greet.hcl`);
    const validate = async (source: string, more: Record<string, string>) => {
      place.write('one.hcl', `runner_type "greet" {\n  source = "${source}"\n}\njob "j" {}\n`);
      const { code, stderr } = await runIn(place, ['validate', 'one.hcl'], more);
      return { code, stderr: stderr.replace(/\s+/g, ' ') };
    };
    const greet = `${web.url}/greet.hcl`;
    const untrusted = await validate(greet, {});
    expect([untrusted.code, untrusted.stderr]).toEqual([1, expect.stringContaining('is not trusted (TLS')]);
    expect(untrusted.stderr).toContain('NODE_EXTRA_CA_CERTS');
    expect((await validate(greet, { NODE_EXTRA_CA_CERTS: web.certificate })).code).toBe(0);
    rmSync(join(place.path, '.cache'), { recursive: true, force: true });
    expect((await validate(greet, { SSL_CERT_FILE: web.certificate })).code).toBe(0);

    const trust = { NODE_EXTRA_CA_CERTS: web.certificate };
    const otherName = await validate(greet.replace('localhost', '127.0.0.1'), trust);
    expect([otherName.code, otherName.stderr]).toEqual([1, expect.stringContaining('certificate is for another name')]);
    const down = await validate(`${web.url}/down.hcl`, trust);
    expect([down.code, down.stderr]).toEqual([1, expect.stringContaining('redirects from https to http:')]);
    const noTls = await validate(`https://127.0.0.1:${plain.port}/greet.hcl`, trust);
    expect([noTls.code, noTls.stderr]).toEqual([1, expect.stringContaining('does not speak TLS')]);
  } finally {
    await plain.stop(true);
  }
}, 120_000);

test('a server refuses addresses of its own network, and holds a pipeline to the lock file that comes with it', async () => {
  await using web = await startHttpsServer();
  web.files.set('/counter.hcl', COUNTER).set('/greet.hcl', GREET);
  web.files.set('/registry/runner_types/greet.hcl', GREET);
  await using place = pikociPlace();
  const environment = { ...place.environment, NODE_EXTRA_CA_CERTS: web.certificate };
  await using trusting = pikociPlace({ environment });
  trusting.write('pipeline.hcl', pipeline(web.url));
  const set = ['pipelines', 'set', 'p', '--pipeline-config', 'pipeline.hcl'] as const;
  {
    await using server = await trusting.startServer('--db-system', 'mem', '--no-run-worker');
    const refused = await server.cli(...set);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--allow-private-sources')]);
    expect(web.log).toEqual([]);
  }
  const open = ['--allow-private-sources', '--registry-url', `${web.url}/registry`, '--no-run-worker'];
  await using server = await trusting.startServer(...open, '--data-dir', join(trusting.path, 'data'));
  const first = await server.cli(...set);
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('+ runner_type "greet"')]);
  const lock = await runCommand(EXECUTABLE, ['lock'], { cwd: trusting.path, env: environment });
  expect(lock.code).toBe(0);
  web.files.set('/greet.hcl', `${GREET}# changed\n`);
  // The server has the locked text from before, under its own sum.
  expect((await server.cli(...set)).code).toBe(0);
  rmSync(join(trusting.path, 'data/server/sources'), { recursive: true });
  const changed = await server.cli(...set);
  expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining('Source is not what was locked')]);

  const fromRegistry = pipeline(web.url).replace(`${web.url}/greet.hcl`, 'pikoci://greet');
  trusting.write('pipeline.hcl', fromRegistry);
  const notLocked = await server.cli(...set);
  expect([notLocked.code, notLocked.stderr]).toEqual([1, expect.stringContaining('Source is not locked')]);
  rmSync(join(trusting.path, 'pipeline.lock.hcl'));
  const found = await server.cli(...set);
  expect(found.code).toBe(0);
  expect(web.log).toContain('GET /registry/runner_types/greet.hcl 200');
}, 120_000);
