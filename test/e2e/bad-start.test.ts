/** What keeps a server from starting: said in a sentence, with a way out, and nothing left half-way. */
import { expect } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';

const test = testWith({ executable: pikociAvailability() });

const GOOD = 'job "hello" {\n  task "greet" {\n    run "shell" { cmd = "echo hello" }\n  }\n}\n';

/** Exit code and everything it said; its temporary directory must be as it was. */
async function refused(place: PikociPlace, ...args: readonly string[]): Promise<[number | null, string]> {
  const { code, stdout, stderr } = await place.run(['server', '--port', '0', ...args]);
  expect(readdirSync(join(place.path, 'tmp'))).toEqual([]);
  return [code, stdout + stderr];
}

test('a flag that is wrong names the nearest right', async () => {
  await using place = pikociPlace();
  const wrong: readonly [args: readonly string[], says: RegExp][] = [
    [['--db-system', 'sqllite'], /--db-system: "sqllite".*\n.*did you mean sqlite\?/],
    [['--db-system', 'oracle'], /--db-system: "oracle" is not one of mem, sqlite/],
    [['--port', 'abc'], /--port: "abc" is not a whole number/],
    [['--port', '70000'], /--port: "70000"/],
    [['--prot', '80'], /unknown option '--prot'[\s\S]*--port/],
    [['--lease', 'soon'], /--lease: "soon" is not a length of time/],
    [['--pipeline-config', 'nowhere.hcl'], /nowhere\.hcl.*no such file/],
    [['--pipeline-config', 'tmp'], /tmp.*directory/],
    [['--var', 'novalue'], /--var/],
    [['--config', 'nowhere.hcl'], /nowhere\.hcl/],
  ];
  for (const [args, says] of wrong) {
    const [code, said] = await refused(place, '--db-system', 'mem', ...args);
    expect([args, code === 1 || code === 2, said]).toEqual([args, true, expect.stringMatching(says)]);
  }
});

test('a mistake in a file of settings or of variables is shown at its place', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', GOOD);
  place.write('settings.hcl', 'port = \n');
  place.write('variables.hcl', 'n = \n');
  for (const [args, says] of [
    [['server', '--config', 'settings.hcl'], /settings\.hcl cannot be read:[\s\S]*settings\.hcl:?.*1/],
    [
      ['validate', '--vars', 'variables.hcl', 'pipeline.hcl'],
      /variables\.hcl cannot be read:[\s\S]*variables\.hcl:?.*1/,
    ],
  ] as const) {
    const { code, stdout, stderr } = await place.run(args);
    expect([code, stdout + stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(stdout + stderr).not.toContain('mistake of ours');
  }
});

test('two servers on one database file: the second says which process has it', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', GOOD);
  const args = ['--db-name', 'shared.db', '--pipeline-config', 'pipeline.hcl'];
  const first = await place.startServer('--data-dir', 'one', ...args);
  const { code, stderr } = await place.run(['server', '--port', '0', '--data-dir', 'two', ...args]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`shared.db is in use by pikoci server (pid ${first.pid}`),
  ]);
  await first.stop();
  // Its own pipelines are there again without being named.
  const second = await place.startServer('--data-dir', 'two', '--db-name', 'shared.db');
  await second.waitForOutput(/pipelines\s+pipeline, kept from before/);
  await second.stop();
});

test('a port that is taken', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await using place = pikociPlace();
  const [code, said] = await refused(place, '--db-system', 'mem', '--port', `${port}`);
  expect([code, said]).toEqual([1, expect.stringContaining(`port ${port} of 127.0.0.1 is taken`)]);
  await new Promise((resolve) => holder.close(resolve));
});

test('a broken pipeline: every mistake is listed, and no server starts', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "a" {
      tsk "one" {}
      get "git" "nowhere" {}
    }
    job "b" {
      task "x" {
        run "shell" { cmd = upper(1, 2) }
        timeout = "soon"
      }
    }
    job "a" {}
    `,
  );
  const [code, said] = await refused(place, '--data-dir', 'data', '--pipeline-config', 'pipeline.hcl');
  expect(code).toBe(1);
  for (const line of [2, 3, 7, 8, 11]) expect(said).toContain(`pipeline.hcl:${line}:`);
  expect(said).not.toContain('listening');
  expect(existsSync(join(place.path, 'data'))).toBe(false);
});

test('a data directory or a database that cannot be used', async () => {
  await using place = pikociPlace();
  place.write('file', 'a file');
  place.write('text.db', 'this is no database, but long enough to be looked at as one\n'.repeat(100));
  mkdirSync(join(place.path, 'directory.db'));
  const wrong: readonly [args: readonly string[], says: RegExp][] = [
    [['--data-dir', 'file'], /file, not a directory/],
    [['--data-dir', 'one', '--db-name', 'text.db'], /text\.db is not a SQLite database/],
    [['--data-dir', 'two', '--db-name', 'directory.db'], /directory\.db cannot be opened/],
  ];
  for (const [args, says] of wrong) {
    const [code, said] = await refused(place, ...args);
    expect([args, code, said]).toEqual([args, 1, expect.stringMatching(says)]);
  }
});

test('two servers on one data directory: the second says which process has it', async () => {
  await using place = pikociPlace();
  const first = await place.startServer('--data-dir', 'data');
  const [code, said] = await refused(place, '--data-dir', 'data');
  expect([code, said]).toEqual([1, expect.stringContaining(`pid ${first.pid}`)]);
  expect(await first.stop()).toBe(0);
});

test('a file with a byte order mark and Windows line ends is a pipeline like any other', async () => {
  await using place = pikociPlace();
  writeFileSync(join(place.path, 'pipeline.hcl'), `\ufeff${GOOD.replaceAll('\n', '\r\n')}`);
  const { code, stdout, stderr } = await place.run(['run', '--pipeline-config', 'pipeline.hcl']);
  expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('hello')]);
});
