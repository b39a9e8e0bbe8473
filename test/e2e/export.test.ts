/** `pikoci export` of a running server and `pikoci import-data`, with the built executable: growing up is two commands. */
import { expect } from 'bun:test';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PikociPlace, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { trigger } from './build-detail.ts';
import { endedBuild, listBuilds, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

const SECRET = 'the-correct-horse-of-a-team';
const LINES = 60_000;

const pipeline = (go: string): string => `
variable "token" {
  secret "pikoci" { path = "token" }
}
resource "artifact" "dist" {
  params { paths = ["dist/**"] }
}
job "make" {
  task "make" {
    run "shell" { cmd = "mkdir dist; seq 1000 > dist/numbers; seq ${LINES} | sed 's/$/ a line of some length, so that there is a lot of them to be moved/'" }
  }
  put "artifact" "dist" {}
}
job "use" {
  task "use" {
    run "shell" { cmd = "test $TOKEN = ${SECRET} && echo it is the secret" }
    env = { TOKEN = var.token }
  }
}
job "wait" {
  task "wait" {
    run "shell" { cmd = "echo begun; while ! test -e ${go}; do sleep 0.05; done; echo over" }
  }
}
`;

const PASSPHRASE = 'correct horse battery staple';

/** All that people see, but for times relative to now. */
async function seen(server: RunningServer): Promise<unknown> {
  return {
    builds: await listBuilds(server, 'pipeline', 'make'),
    log: await logOf(server, 'pipeline', 'make', 1),
    artifacts: await server.json('artifacts', 'list', '1', '-p', 'pipeline', '-j', 'make', '--json'),
    secrets: await server.json('secrets', 'list', '--json'),
    revisions: await server.json('pipelines', 'history', '-p', 'pipeline', '--json'),
    versions: await server.json('resources', 'versions', 'artifact.dist', '-p', 'pipeline', '--json'),
  };
}

async function grownServer(place: PikociPlace): Promise<RunningServer> {
  place.write('pipeline.hcl', pipeline(join(place.path, 'go')));
  place.write('passphrase', `${PASSPHRASE}\n`);
  place.write('secret', SECRET);
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  expect((await server.cli('secrets', 'set', 'token', '--from-file', 'secret')).code).toBe(0);
  await trigger(server, 'make');
  expect((await endedBuild(server, 'pipeline', 'make', 1)).status).toBe('succeeded');
  await trigger(server, 'wait');
  await eventually('the job waits', async () =>
    (await logOf(server, 'pipeline', 'wait', 1)).includes('begun\n') ? true : undefined,
  );
  return server;
}

test('a server in memory grows up: its builds, logs, artifacts and secrets are those of one on a disk', async () => {
  await using place = pikociPlace();
  const first = await grownServer(place);
  const before = await seen(first);
  const made = await first.cli('export', 'backup.pikoci', '--passphrase-file', 'passphrase', '--json');
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(JSON.parse(made.stdout)).toMatchObject({
    pipelines: 1,
    builds: 2,
    counts: { blobs: 2, missingBlobs: 0 },
    header: { format: 1, secrets: { held: true } },
  });
  const backup = join(place.path, 'backup.pikoci');
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  writeFileSync(join(place.path, 'go'), '');
  await first.stop();

  // A damaged one, a foreign one, another passphrase, none: nothing is changed.
  const refused = async (file: string, ...flags: readonly string[]): Promise<string> => {
    const { code, stderr } = await place.run(['import-data', file, '--data-dir', 'data', ...flags]);
    expect([code, existsSync(join(place.path, 'data/server/pikoci.db'))]).toEqual([1, false]);
    return stderr;
  };
  const whole = readFileSync(backup);
  place.write('other-passphrase', 'a correct battery stapled');
  writeFileSync(join(place.path, 'cut'), whole.subarray(0, whole.length - 2_000));
  expect(await refused('cut', '--passphrase-file', 'passphrase')).toContain('is damaged: it is cut off');
  expect(await refused('pipeline.hcl')).toContain('is not a file that pikoci export made');
  expect(await refused('none')).toContain('there is no such file');
  expect(await refused('backup.pikoci')).toContain('the export has secrets, encrypted with a key that is not known');
  expect(await refused('backup.pikoci', '--passphrase-file', 'other-passphrase')).toContain('another passphrase');
  const other = ['--passphrase-file', 'passphrase', '--secret-key', 'another-key-of-another-server'];
  expect(await refused('backup.pikoci', ...other)).toContain('under another secret key than this one');
  const memory = await place.run(['import-data', 'backup.pikoci', '--db-system', 'mem']);
  expect([memory.code, memory.stderr]).toEqual([2, expect.stringContaining('is gone when the command has ended')]);

  // Killed half-way, it begins again.
  const flags = ['import-data', 'backup.pikoci', '--passphrase-file', 'passphrase', '--data-dir', 'data'];
  const killed = place.start(flags);
  await eventually(
    'it is half-way',
    async () => {
      const log = join(place.path, 'data/server/pikoci.db-wal');
      return (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 1_000_000 || undefined;
    },
    { everyMs: 5 },
  );
  await killed.kill9();
  const half = await place.run(['server', '--port', '0', '--data-dir', 'data']);
  expect([half.code, half.stderr]).toEqual([1, expect.stringContaining('an import that was not finished')]);
  const imported = await place.run(flags);
  expect([imported.code, imported.stderr]).toEqual([0, '']);
  expect(imported.stdout).toContain('imported 1 pipeline, 2 builds and 2 files of artifacts');
  const again = await place.run(flags);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('has something in it already')]);

  const second = await place.startServer('--data-dir', 'data');
  expect(await seen(second)).toEqual(before);
  const file = ['artifacts', 'download', 'dist', '1', '-p', 'pipeline', '-j', 'make', '--file', 'numbers'];
  const got = await second.cli(...file, '-o', '-');
  expect([got.stderr, got.stdout.slice(-10)]).toEqual(['', '\n999\n1000\n']);
  await trigger(second, 'use');
  expect((await endedBuild(second, 'pipeline', 'use', 1)).status).toBe('succeeded');
  // What ran was lost with the server, and is tried again here.
  expect((await endedBuild(second, 'pipeline', 'wait', 1)).status).toBe('succeeded');
  await second.stop();
  expect(first.output() + second.output() + whole.toString('latin1')).not.toContain(SECRET);
}, 120_000);

test('without a passphrase the import needs the secret key of the server, and says so', async () => {
  await using place = pikociPlace();
  const server = await place.startServer('--data-dir', 'first');
  place.write('secret', SECRET);
  await server.cli('secrets', 'set', 'token', '--from-file', 'secret');
  const made = await server.cli('export', 'backup.pikoci');
  expect(made.stdout).toContain('the import needs that key');
  await server.stop();
  const flags = ['import-data', 'backup.pikoci', '--data-dir', 'second'];
  expect((await place.run(flags)).stderr).toContain('a key that is not known here');
  const key = ['--secret-key-file', 'first/server/secret-key'];
  expect(await place.run([...flags, ...key])).toMatchObject({ code: 0 });
  const wrong = await place.run(['server', '--port', '0', '--data-dir', 'second', '--secret-key', 'x'.repeat(32)]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('another secret key')]);
  const second = await place.startServer('--data-dir', 'second', ...key);
  expect(await second.json('secrets', 'list', '--json')).toMatchObject([{ name: 'token' }]);
});
