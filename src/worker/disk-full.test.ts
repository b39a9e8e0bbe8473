/** A worker on a disk that is full, for real: a file system in memory of a few megabytes. */
import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../lib/logger.ts';
import { createMemoryQueue } from '../queue/memory/memory-queue.ts';
import { serveFake } from './testing/fake-server.ts';
import { grantOf, plan, service, serviceType, shell, task } from './testing/plans.ts';
import { runWorker } from './worker.ts';

const disk = mkdtempSync(join(tmpdir(), 'pikoci-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status === 0;
const testDisk = mounted
  ? test
  : (name: string, body: () => Promise<void>, _timeoutMs: number) =>
      test.skip(`${name} (mounting a file system is not allowed here)`, body);

testDisk(
  'a build that fills the disk says so, its services are stopped, and the next one runs',
  async () => {
    const hub = createMemoryQueue();
    const serverQueue = hub.server();
    const server = serveFake(serverQueue);
    const queue = hub.worker({ worker: 'w1' });
    const stop = new AbortController();
    const done = runWorker({
      queue,
      id: 'w1',
      name: 'w1',
      version: '0',
      tags: [],
      slots: 1,
      kinds: ['build'],
      dataDir: join(disk, 'data'),
      environment: process.env,
      passEnv: [],
      executable: '/bin/false',
      logger: silentLogger,
      stop: stop.signal,
    });
    try {
      const more = {
        services: [service('db')],
        types: { services: { db: serviceType('db', 'true', { stop: shell('echo stopped') }) } },
      };
      const fill = 'echo before; head -c 9000000 /dev/zero > big;';
      const scripts = { a1: `${fill} exit 1`, a2: `${fill} for i in $(seq 1 2000); do echo line $i; done; sleep 300` };
      for (const [attempt, script] of Object.entries(scripts)) {
        server.grant(grantOf(plan([task('1', script)], more), { attempt }));
        expect(await server.ended(attempt)).toMatchObject({
          outcome: 'errored',
          problem: { code: 'worker.disk_full' },
        });
        expect(server.log(attempt, '1')).toStartWith('before\n');
        expect(server.log(attempt, 'service:db:stop')).toBe('stopped\n');
      }
      server.grant(grantOf(plan([task('1', 'echo fine')]), { attempt: 'a3' }));
      expect(await server.ended('a3')).toMatchObject({ outcome: 'succeeded' });
    } finally {
      stop.abort();
      await done;
      await queue.close();
      await serverQueue.close({ graceMs: 0 });
      spawnSync('umount', [disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  },
  30_000,
);
