/** Tasks that write too much, or will not go. */
import { expect } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXECUTABLE, pikociAvailability, pikociPlace, type RunningServer } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';
import { buildDetail, trigger } from './build-detail.ts';
import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

const SERVER = ['--db-system', 'sqlite', '--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
const MIB = 1024 * 1024;

const job = (name: string, script: string, more = ''): string =>
  `job "${name}" {
    task "x" {
      run "shell" {
        cmd = <<-EOT
          ${script}
        EOT
      }
      ${more}
    }
  }\n`;

/** Bytes of a build's log, with its SHA-256: what is large or binary is not to go through a string here. */
async function logDigest(place: { path: string }, server: RunningServer, name: string): Promise<string> {
  const command = `"${EXECUTABLE}" builds logs 1 -p pipeline -j ${name} --url ${server.url} | tee >(wc -c >&2) | sha256sum`;
  const env = { PATH: process.env.PATH, HOME: place.path };
  const { stdout, stderr } = await runCommand('bash', ['-c', command], { env, timeoutMs: 60_000 });
  return `${stderr.trim()} ${stdout.slice(0, 64)}`;
}

test('200 MB, lines of 1 MB and binary output arrive whole, and the server stays small', async () => {
  await using place = pikociPlace();
  const binary = join(place.path, 'binary');
  await runCommand('sh', ['-c', `head -c 3000000 /dev/urandom > ${binary}`], {});
  const scripts = {
    large: "yes 'a line of output that is as long as lines of compilers are, now and then' | head -c 200000000",
    lines: "for i in 1 2 3 4 5 6 7 8; do head -c 1048576 /dev/zero | tr '\\0' b; echo; done",
    binary: `cat ${binary}`,
  };
  place.write(
    'pipeline.hcl',
    Object.entries(scripts)
      .map(([name, script]) => job(name, script))
      .join(''),
  );
  const server = await place.startServer(...SERVER);
  await trigger(server, ...Object.keys(scripts));
  for (const [name, script] of Object.entries(scripts)) {
    expect([name, (await endedBuild(server, 'pipeline', name, 1, 120_000)).status]).toEqual([name, 'succeeded']);
    const direct = await runCommand('bash', ['-c', `${script} | tee >(wc -c >&2) | sha256sum`], { timeoutMs: 60_000 });
    expect([name, await logDigest(place, server, name)]).toEqual([
      name,
      `${direct.stderr.trim()} ${direct.stdout.slice(0, 64)}`,
    ]);
  }
  for (const pid of [server.pid, ...processesOf(place.path).map((it) => it.pid)]) {
    expect(await residentBytes(pid)).toBeLessThan(600 * MIB);
  }
  expect(await server.stop()).toBe(0);
}, 180_000);

test('what reopens its own output harms nothing', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', job('reopens', 'echo one; echo two > /dev/stderr; echo three > /dev/stdout; echo four'));
  const server = await place.startServer(...SERVER);
  await trigger(server, 'reopens');
  expect((await endedBuild(server, 'pipeline', 'reopens', 1)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'reopens', 1)).toBe('one\ntwo\nthree\nfour\n');
  await server.stop();
});

test('no child survives its step, however it forked', async () => {
  await using place = pikociPlace();
  const marks = ['87651', '87652', '87653'];
  place.write(
    'pipeline.hcl',
    job(
      'leaves',
      `(setsid sleep ${marks[0]} >/dev/null 2>&1 &)
       nohup sleep ${marks[1]} &
       (setsid sh -c 'trap "" TERM HUP; while :; do sleep 0.2; done; : ${marks[2]}' &)
       echo left three`,
    ),
  );
  const server = await place.startServer(...SERVER);
  await trigger(server, 'leaves');
  expect((await endedBuild(server, 'pipeline', 'leaves', 1)).status).toBe('succeeded');
  const left = processesOf(place.path).filter(({ command }) => marks.some((mark) => command.includes(mark)));
  expect(left).toEqual([]);
  await server.stop();
});

test('a task that ignores TERM is killed after the grace, one that was stopped at once; the hooks run', async () => {
  await using place = pikociPlace();
  const hook = (name: string): string => `on_cancel "shell" {\n cmd = "touch ${place.path}/${name}-cancelled"\n}`;
  place.write(
    'pipeline.hcl',
    [
      job('stubborn', "trap '' TERM INT HUP; echo up; while :; do sleep 0.2; done", hook('stubborn')),
      job('stopped', 'echo up; kill -STOP $$; echo went on', hook('stopped')),
    ].join(''),
  );
  const server = await place.startServer(...SERVER);
  await trigger(server, 'stubborn', 'stopped');
  for (const name of ['stubborn', 'stopped']) {
    await eventually(`${name} is up`, async () =>
      (await logOf(server, 'pipeline', name, 1)).includes('up') ? true : undefined,
    );
    await server.cli('builds', 'cancel', '-p', 'pipeline', '-j', name, '1');
  }
  const took: Record<string, number> = {};
  for (const name of ['stopped', 'stubborn']) {
    const build = await endedBuild(server, 'pipeline', name, 1, 60_000);
    expect([name, build.status]).toEqual([name, 'cancelled']);
    expect([name, existsSync(join(place.path, `${name}-cancelled`))]).toEqual([name, true]);
    took[name] = (build.endedAt ?? 0) - (build.startedAt ?? 0);
  }
  expect(took.stubborn).toBeGreaterThan(9_000);
  expect(took.stopped).toBeLessThan(9_000);
  expect(processesOf(place.path).filter(({ command }) => command.includes('sleep 0.2'))).toEqual([]);
  await server.stop();
});

test('a task that takes away its own directory breaks itself, not the worker', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "removes" {
      task "x" {
        run "shell" { cmd = "rm -rf \\"$WORKDIR\\"; echo removed" }
      }
      task "y" {
        run "shell" { cmd = "echo unreachable" }
      }
    }
    ${job('fine', 'echo fine')}`,
  );
  const server = await place.startServer(...SERVER, '--error-retries', '0');
  await trigger(server, 'removes', 'fine');
  expect((await endedBuild(server, 'pipeline', 'removes', 1)).status).toBe('errored');
  expect((await buildDetail(server, 'removes')).problems).toEqual([expect.stringContaining('exec.bad_directory')]);
  expect((await endedBuild(server, 'pipeline', 'fine', 1)).status).toBe('succeeded');
  await server.stop();
});

async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await runCommand('ps', ['-o', 'rss=', '-p', `${pid}`], {});
  return Number(stdout.trim()) * 1024;
}

test('a pipeline that is deleted while it builds: its task ends at once, and its hooks see that it was cancelled', async () => {
  await using place = pikociPlace();
  const ensured = join(place.path, 'ensured');
  place.write(
    'pipeline.hcl',
    job(
      'slow',
      `echo here; touch ${place.path}/here; sleep 2345`,
      `ensure "shell" {\n cmd = "echo $BUILD_STATUS > ${ensured}"\n}`,
    ),
  );
  const server = await place.startServer(...SERVER);
  await trigger(server, 'slow');
  await eventually('it runs', async () => (existsSync(join(place.path, 'here')) ? true : undefined));
  expect((await server.cli('pipelines', 'delete', 'pipeline')).code).toBe(0);
  const status = async (): Promise<string | undefined> =>
    existsSync(ensured) ? (await Bun.file(ensured).text()).trim() || undefined : undefined;
  expect(await eventually('its hook runs', status)).toBe('cancelled');
  expect(processesOf(place.path).filter(({ command }) => command.includes('sleep 2345'))).toEqual([]);
  expect(server.output()).not.toContain('lease lost');
  expect(await server.stop()).toBe(0);
});
