import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cgroupBase, cgroupFor, createCgroup, listCgroup, pruneCgroups, removeCgroup } from './cgroup.ts';
import { startProcess } from './process.ts';
import { newCookie } from './process-cookie.ts';
import { readProcFile } from './process-table.ts';

const hybrid =
  'tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n';

describe('where our groups would be', () => {
  const cases = [
    { what: 'hybrid', mounts: hybrid, own: '8:pids:/\n0::/\n', base: '/sys/fs/cgroup/unified' },
    {
      what: 'a user session',
      mounts: 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
      own: '0::/user.slice/user-1000.slice/user@1000.service/app.slice\n',
      base: '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice',
    },
    { what: 'version 1 only', mounts: 'cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n', own: '8:pids:/\n', base: null },
    { what: 'mounted from elsewhere', mounts: hybrid, own: '0::/../other\n', base: null },
    { what: 'nothing', mounts: '', own: '', base: null },
  ];
  test.each(cases)('$what', ({ mounts, own, base }) => {
    expect(cgroupBase(mounts, own)).toBe(base);
  });
});

const probe = cgroupFor(newCookie());
const permitted = probe !== undefined && createCgroup(probe);
if (probe !== undefined && permitted) removeCgroup(probe);

describe.skipIf(!permitted)('on a system that lets us make groups (cgroup v2, and the right to)', () => {
  const inherited = readProcFile('self/cgroup')?.toString();
  afterAll(() => expect(readProcFile('self/cgroup')?.toString()).toBe(inherited));

  test('what lives longer than an instant is moved into one, with its children, and it is gone afterwards', async () => {
    let text = '';
    const child = startProcess({
      argv: [
        'sh',
        '-c',
        'sleep 1000 & until grep -q pikoci /proc/$$/cgroup /proc/$!/cgroup; do sleep 0.01; done; env -i setsid sleep 1000 & cat /proc/$$/cgroup /proc/$!/cgroup',
      ],
      env: { PATH: process.env.PATH ?? '' },
      cwd: '/',
      onOutput: (chunk) => {
        text += Buffer.from(chunk).toString();
      },
    });
    await child.waitMain();
    const dir = child.traces.cgroup ?? '';
    expect(text.match(/0::.*\/pikoci\/\d+\.\d+\.[0-9a-f]{16}\n/g)).toHaveLength(2);
    expect(listCgroup(dir).length).toBe(2);
    await child.terminate({ graceMs: 0 });
    expect(existsSync(dir)).toBe(false);
  });

  test('empty ones of a dead pikoci are pruned, ours and those of others are not', () => {
    const own = cgroupFor(newCookie()) ?? '';
    const dead = join(dirname(own), `${process.pid}.1.${newCookie()}`);
    const foreign = join(dirname(own), 'something-else');
    for (const dir of [own, dead, foreign]) mkdirSync(dir, { recursive: true });
    pruneCgroups();
    expect([own, dead, foreign].map((dir) => existsSync(dir))).toEqual([true, false, true]);
    removeCgroup(foreign);
    removeCgroup(own);
    expect([own, foreign].map((dir) => existsSync(dir))).toEqual([false, false]);
  });
});
