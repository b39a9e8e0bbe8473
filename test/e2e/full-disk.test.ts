import { expect } from 'bun:test';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { type Availability, testWith } from '../servers/required.ts';
import { mustRun, runCommand } from '../servers/run-command.ts';
import { buildDetail, trigger } from './build-detail.ts';
import { endedBuild } from './builds.ts';

const test = testWith({ executable: pikociAvailability(), ...mountAvailability() });

test('a disk that is full: the build says so, the server lives, and builds again when there is room', async () => {
  await using place = pikociPlace();
  const data = join(place.path, 'data');
  mkdirSync(data);
  await using _mounted = await mountTmpfs(data, '128m');
  place.write(
    'pipeline.hcl',
    `job "fills" {
      task "x" {
        run "shell" { cmd = "yes 'a line of output, and another, and another' | head -c 60000000; echo done" }
      }
    }
    job "small" {
      task "x" {
        run "shell" { cmd = "echo small" }
      }
    }`,
  );
  const server = await place.startServer(
    ...['--db-system', 'sqlite', '--data-dir', 'data', '--error-retries', '0', '--pipeline-config', 'pipeline.hcl'],
  );
  const ballast = join(data, 'ballast');
  const { bavail, bsize } = statfsSync(data);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 8 * 1024 * 1024)));
  await trigger(server, 'fills');
  // The worker's own word: while only the server's database cannot grow, nothing is cut off, and room made then loses nothing.
  await server.waitForOutput(/what steps write cannot be kept/, 60_000);

  // What happened meanwhile was not lost, only late.
  rmSync(ballast);
  expect((await endedBuild(server, 'pipeline', 'fills', 1, 60_000)).status).toBe('errored');
  expect((await buildDetail(server, 'fills')).problems).toEqual([expect.stringContaining('worker.disk_full')]);
  await trigger(server, 'small');
  expect((await endedBuild(server, 'pipeline', 'small', 1, 60_000)).status).toBe('succeeded');
  expect(await server.stop()).toBe(0);
}, 120_000);

test('while the end of a build cannot be recorded, everybody who looks is told why, and the log says it once', async () => {
  await using place = pikociPlace();
  const data = join(place.path, 'data');
  mkdirSync(data);
  await using _mounted = await mountTmpfs(data, '3m');
  place.write(
    'pipeline.hcl',
    `job "fills" {
      task "x" {
        run "shell" { cmd = "yes 'a line of output, and another, and another' | head -c 200000000" }
      }
    }`,
  );
  const server = await place.startServer(
    ...['--db-system', 'sqlite', '--data-dir', 'data', '--error-retries', '0', '--lease', '6s'],
    ...['--pipeline-config', 'pipeline.hcl'],
  );
  await trigger(server, 'fills');
  const watching = place.start(['builds', 'watch', '1', '-p', 'pipeline', '-j', 'fills', '--url', server.url]);
  await watching.waitForOutput(/cannot record what happens to this build: .*the disk is full.*make room/, 60_000);
  const { stdout } = await server.cli('builds', 'get', '1', '-p', 'pipeline', '-j', 'fills');
  expect(stdout).toMatch(/running.*cannot record what happens to this build.*make room on the disk/s);
  // The lease is over, and the worker's questions have failed for as long: the log has few lines of all that.
  await server.waitForOutput(/worker: lease lost/, 60_000);
  expect(server.output().split('could not grow').length - 1).toBeLessThanOrEqual(3);

  await mustRun('mount', ['-o', 'remount,size=256m', data]);
  expect((await endedBuild(server, 'pipeline', 'fills', 1, 60_000)).status).toBe('errored');
  expect(await watching.exited).toBe(1);
  await server.waitForOutput(/the database can be written again/, 60_000);
  expect(await server.stop()).toBe(0);
}, 180_000);

async function mountTmpfs(directory: string, size: string): Promise<AsyncDisposable> {
  await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  return { [Symbol.asyncDispose]: async () => void (await runCommand('umount', ['--lazy', directory], {})) };
}

/** Whether a file system may be mounted here; not part of what CI must have. */
function mountAvailability(): { readonly docker?: Availability } {
  return process.getuid?.() === 0 ? {} : { docker: { available: false, reason: 'mounting a small disk needs root' } };
}
