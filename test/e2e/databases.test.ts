/** `pikoci server --db-system postgresql` and the like, on real database servers: what it keeps, what it says, and what it survives. */
import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type PikociPlace, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { isRequired, testWith } from '../servers/required.ts';
import { trigger } from './build-detail.ts';
import { endedBuild, listBuilds, logOf } from './builds.ts';
import { DATABASE_KINDS, type DatabaseServer } from './database-servers.ts';
import { eventually } from './eventually.ts';

const HELLO = 'job "hello" {\n  task "greet" {\n    run "shell" { cmd = "echo hello" }\n  }\n}\n';

const LINES = 200;
/** Takes four seconds at least. */
const count = (path: string): string => `job "count" {
  task "count" {
    run "shell" { cmd = "i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo line $i; sleep 0.02; done; touch ${path}/ended" }
  }
}
`;
const COUNTED = Array.from({ length: LINES }, (_, i) => `line ${i + 1}\n`).join('');

for (const kind of DATABASE_KINDS) {
  const servers = { executable: pikociAvailability(), [kind.server]: kind.availability };
  const test = testWith(servers);
  const isThere = Object.values(servers).every(({ available }) => available);

  describe(`--db-system ${kind.system}`, () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      if (isThere || isRequired(kind.server, process.env.PIKOCI_TEST_REQUIRE)) server = await kind.start();
    }, 60_000);
    afterAll(() => server?.[Symbol.asyncDispose]());

    /** Flags of an empty database. */
    async function emptyDatabase(place: PikociPlace, name: string): Promise<readonly string[]> {
      await server.query(`create database ${name}`);
      place.write('password', `${server.password}\n`);
      return [
        ...['--db-system', kind.system, '--db-host', server.host, '--db-port', `${server.port}`],
        ...['--db-user', server.user, '--db-password-file', 'password', '--db-name', name, '--data-dir', 'data'],
      ];
    }

    test('a pipeline, its builds and their logs are there after a restart', async () => {
      await using place = pikociPlace();
      place.write('pipeline.hcl', HELLO);
      const flags = await emptyDatabase(place, 'restarts');
      const first = await place.startServer(...flags);
      await first.waitForOutput(new RegExp(`kept\\s+in ${kind.system} \\S+:${server.port}/restarts`));
      const set = await first.cli('pipelines', 'set', 'pipeline', '--pipeline-config', 'pipeline.hcl', '--yes');
      expect([set.code, set.stderr]).toEqual([0, expect.stringContaining('1 to create')]);
      await trigger(first, 'hello');
      expect((await endedBuild(first, 'pipeline', 'hello', 1)).status).toBe('succeeded');
      const before = await listBuilds(first, 'pipeline', 'hello');
      expect(await first.stop()).toBe(0);

      // The other way to say the same, and where no other process can read it.
      const url = new URL(server.url);
      url.pathname = '/restarts';
      url.password = '';
      const second = await place.startServer(
        '--db-url',
        url.href,
        '--db-password-file',
        'password',
        '--data-dir',
        'data',
      );
      await second.waitForOutput(/pipelines\s+pipeline, kept from before/);
      expect(await listBuilds(second, 'pipeline', 'hello')).toEqual(before);
      expect(await logOf(second, 'pipeline', 'hello', 1)).toContain('hello\n');
      await trigger(second, 'hello');
      expect((await endedBuild(second, 'pipeline', 'hello', 2)).status).toBe('succeeded');
      expect(await second.stop()).toBe(0);
      expect(first.output() + second.output()).not.toContain(server.password);
    });

    test('kill -9 of the server: the build goes on, and nothing of its log is lost', async () => {
      await using place = pikociPlace();
      place.write('pipeline.hcl', count(place.path));
      const flags = [...(await emptyDatabase(place, 'killed')), '--pipeline-config', 'pipeline.hcl'];
      const first = await place.startServer(...flags);
      await trigger(first, 'count');
      await eventually('it counts', async () =>
        (await logOf(first, 'pipeline', 'count', 1)).includes('line 20\n') ? true : undefined,
      );
      await first.kill9();
      const second = await place.startServer(...flags);
      expect((await endedBuild(second, 'pipeline', 'count', 1, 60_000)).status).toBe('succeeded');
      expect(await logOf(second, 'pipeline', 'count', 1)).toContain(COUNTED);
      await second.stop();
    });

    test('the database goes away while a build runs, and comes back: nothing is lost, and little is said', async () => {
      await using place = pikociPlace();
      place.write('pipeline.hcl', count(place.path) + HELLO);
      const flags = [...(await emptyDatabase(place, 'away')), '--pipeline-config', 'pipeline.hcl'];
      const ci = await place.startServer(...flags);
      await trigger(ci, 'count');
      await eventually('it counts', async () =>
        (await logOf(ci, 'pipeline', 'count', 1)).includes('line 20\n') ? true : undefined,
      );
      await server.stop();
      await ci.waitForOutput(/what happens cannot be recorded: the database/);
      const asked = await ci.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'hello');
      expect([asked.code, asked.stderr]).toEqual([1, expect.stringMatching(/the database .* does not answer/)]);
      await eventually('the command of the build ends', async () => existsSync(join(place.path, 'ended')) || undefined);
      await server.start();
      expect((await endedBuild(ci, 'pipeline', 'count', 1, 60_000)).status).toBe('succeeded');
      expect(await logOf(ci, 'pipeline', 'count', 1)).toContain(COUNTED);
      await trigger(ci, 'hello');
      expect((await endedBuild(ci, 'pipeline', 'hello', 1)).status).toBe('succeeded');
      await ci.waitForOutput(/the database can be written again/, 60_000);
      expect(ci.output().split('cannot be recorded').length - 1).toBe(1);
      const complaints = ci
        .output()
        .split('\n')
        .filter((line) => /the database .*(answer|lost|shutting|reached)/.test(line));
      expect(complaints.length).toBeLessThanOrEqual(3);
      expect(ci.output()).not.toContain('    at ');
      await ci.stop();
    }, 120_000);

    test('what was in memory is taken into it, with two commands', async () => {
      await using place = pikociPlace();
      place.write('pipeline.hcl', HELLO);
      place.write('passphrase', 'correct horse battery staple');
      const flags = await emptyDatabase(place, 'grown');
      const memory = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
      await trigger(memory, 'hello');
      expect((await endedBuild(memory, 'pipeline', 'hello', 1)).status).toBe('succeeded');
      const before = await listBuilds(memory, 'pipeline', 'hello');
      const passphrase = ['--passphrase-file', 'passphrase'];
      expect(await memory.cli('export', 'backup', ...passphrase)).toMatchObject({ code: 0, stderr: '' });
      await memory.stop();
      expect(await place.run(['import-data', 'backup', ...passphrase, ...flags])).toMatchObject({
        code: 0,
        stderr: '',
      });
      const ci = await place.startServer(...flags);
      expect(await listBuilds(ci, 'pipeline', 'hello')).toEqual(before);
      expect(await logOf(ci, 'pipeline', 'hello', 1)).toContain('hello\n');
      await ci.stop();
    }, 60_000);

    test('a database server that is only starting is waited for, and that is said once', async () => {
      await using place = pikociPlace();
      const flags = await emptyDatabase(place, 'booting');
      await server.stop();
      const ci = place.start(['server', '--port', '0', ...flags]);
      await ci.waitForOutput(/the database \S+\/booting does not answer .*; waiting for it, 30 ?s at most/);
      await server.start();
      await ci.waitForOutput(/listening/);
      expect(ci.output().split('waiting for it').length - 1).toBeLessThanOrEqual(3);
      expect(await ci.stop()).toBe(0);
    }, 90_000);

    test('what keeps it from starting is said in a sentence, with a way out, and without the password', async () => {
      await using place = pikociPlace();
      const flags = await emptyDatabase(place, 'refused');
      await server.query('create database foreign_tables');
      await server.query('create table customers (id int)', 'foreign_tables');
      place.write('wrong', 'wrong-secret');
      place.write('reader', 'reader');
      const refuses = async (changed: Readonly<Record<string, string>>, says: RegExp): Promise<void> => {
        const replaced = flags.map((flag, at) => changed[flags[at - 1] ?? ''] ?? flag);
        const more = Object.entries(changed).flatMap(([flag, value]) =>
          flags.includes(flag) ? [] : [`${flag}=${value}`],
        );
        const { code, stdout, stderr } = await place.run([
          'server',
          '--port',
          '0',
          '--db-wait',
          '0s',
          ...replaced,
          ...more,
        ]);
        expect([changed, code, stdout + stderr]).toEqual([changed, 1, expect.stringMatching(says)]);
        expect(stderr).not.toMatch(/wrong-secret|mistake of ours|\n\s+at /);
        expect(stderr.trim().split('\n').length).toBe(2);
      };
      await refuses({ '--db-port': '1' }, /the database \S+:1\/refused does not answer.*\n.*--db-host and --db-port/);
      await refuses({ '--db-host': 'nowhere.invalid' }, /@nowhere\.invalid:\d+\/refused is not found.*\n.*--db-host/);
      await refuses({ '--db-password-file': 'wrong' }, /refuses the user or the password.*\n.*--db-password-file/);
      if (kind.makesDatabases !== true)
        await refuses({ '--db-name': 'nowhere' }, /has no database of that name.*\n.*--db-name/);
      await refuses(
        { '--db-name': 'foreign_tables' },
        /(?:tables|collections) of another program, for example "customers"\n.*--db-name/,
      );
      await refuses({ '--db-tls': 'true' }, /does not speak TLS.*\n.*--db-tls/);
      await refuses(
        { '--run-migrations': 'false' },
        /the database is empty, and this pikoci needs.*\n.*--run-migrations/,
      );

      const once = await place.startServer(...flags);
      await once.stop();
      await server.query('update pikoci_schema set version = -version where version > 2', 'refused');
      await refuses(
        { '--run-migrations': 'false' },
        /the database has schema 2, and this pikoci needs schema \d+\n.*backup/,
      );
      await server.query('update pikoci_schema set version = -version where version < 0', 'refused');
      await kind.makeReader(server, 'refused');
      await refuses({ '--db-user': 'reader', '--db-password-file': 'reader' }, /the database \S+ cannot be written/);
      await server.query("insert into pikoci_schema select max(version) + 1, 'later', 0 from pikoci_schema", 'refused');
      await refuses({}, /the database has schema \d+, and this pikoci knows schemas up to \d+\n.*newer pikoci/);
    });
  });
}
