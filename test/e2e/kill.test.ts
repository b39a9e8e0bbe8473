import { expect } from 'bun:test';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, logOf } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

/** Waits for `go`; says which try it is. What it leaves in the background must be gone before the next try. */
const pipeline = (path: string): string => `
job "slow" {
  task "wait" {
    run "shell" {
      cmd = "echo try $BUILD_ATTEMPT; (setsid sleep 1234 &) ; while [ ! -e ${path}/go ]; do sleep 0.05; done; echo done"
    }
  }
}
`;

const workerOf = (path: string): number | undefined =>
  processesOf(path).find(({ command }) => /pikoci worker/.test(command))?.pid;

test('kill -9 of the worker in mid-step: the next one finishes the build', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline(place.path));
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'slow');
  await eventually('the first try is under way', async () =>
    (await logOf(server, 'pipeline', 'slow', 1)).includes('try 1') ? true : undefined,
  );
  const worker = workerOf(place.path) ?? 0;
  expect(worker).toBeGreaterThan(0);
  process.kill(worker, 'SIGKILL');
  place.write('go', '');
  expect((await endedBuild(server, 'pipeline', 'slow', 1, 60_000)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'slow', 1)).toContain('try 2\ndone\n');
  expect(processesOf(place.path).filter(({ command }) => command.includes('sleep 1234'))).toEqual([]);
  await server.stop();
});

test('a worker that was stopped and says nothing any more is replaced, and its build finished', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline(place.path));
  const server = await place.startServer('--db-system', 'mem', '--lease', '5s', '--pipeline-config', 'pipeline.hcl');
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'slow');
  await eventually('the first try is under way', async () =>
    (await logOf(server, 'pipeline', 'slow', 1)).includes('try 1') ? true : undefined,
  );
  const worker = workerOf(place.path) ?? 0;
  expect(worker).toBeGreaterThan(0);
  process.kill(worker, 'SIGSTOP');
  await server.waitForOutput(new RegExp(`process ${worker}\\) was not heard of`), 90_000);
  place.write('go', '');
  expect((await endedBuild(server, 'pipeline', 'slow', 1, 60_000)).status).toBe('succeeded');
  // A question that it had asked may still be held when its lease runs out: then the second try is its own, too, and lost.
  expect(await logOf(server, 'pipeline', 'slow', 1)).toMatch(/try [23]\ndone\n/);
  await server.stop();
}, 180_000);

test('kill -9 of the server in mid-step: the build goes on, and nothing of its log is lost', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "count" {
      task "count" {
        run "shell" { cmd = "i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line $i; sleep 0.02; done" }
      }
    }`,
  );
  const settings = ['--db-system', 'sqlite', '--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
  const first = await place.startServer(...settings);
  await first.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'count');
  await eventually('it counts', async () =>
    (await logOf(first, 'pipeline', 'count', 1)).includes('line 20\n') ? true : undefined,
  );
  await first.kill9();
  const second = await place.startServer(...settings);
  expect((await endedBuild(second, 'pipeline', 'count', 1, 60_000)).status).toBe('succeeded');
  const log = await logOf(second, 'pipeline', 'count', 1);
  const counted = Array.from({ length: 200 }, (_, i) => `line ${i + 1}\n`).join('');
  expect(log).toContain(counted);
  await second.stop();
});

test('a restart keeps everything and picks up what was pending', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', 'job "hello" {\n  task "greet" {\n    run "shell" { cmd = "echo hello" }\n  }\n}\n');
  const settings = ['--db-system', 'sqlite', '--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
  const first = await place.startServer(...settings, '--no-run-worker');
  await first.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'hello');
  expect(await first.stop()).toBe(0);
  const second = await place.startServer(...settings);
  expect((await endedBuild(second, 'pipeline', 'hello', 1)).status).toBe('succeeded');
  await second.stop();
});

test('TERM with a build that waits for its turn: it is not begun, and has one attempt after the restart', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', pipeline(place.path).replace('"slow" {', '"slow" {\n  concurrency = 1'));
  const settings = ['--db-system', 'sqlite', '--data-dir', 'data', '--pipeline-config', 'pipeline.hcl'];
  const first = await place.startServer(...settings);
  await first.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'slow');
  await eventually('the first build is under way', async () =>
    (await logOf(first, 'pipeline', 'slow', 1)).includes('try 1') ? true : undefined,
  );
  await first.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'slow');
  expect(await first.stop()).toBe(0);
  place.write('go', '');
  const second = await place.startServer(...settings);
  expect((await endedBuild(second, 'pipeline', 'slow', 2, 60_000)).status).toBe('succeeded');
  const detail = await second.json('builds', 'get', '2', '-p', 'pipeline', '-j', 'slow', '--json');
  expect(detail).toMatchObject({ attempts: [{ number: 1, outcome: 'succeeded' }] });
  await second.stop();
});
