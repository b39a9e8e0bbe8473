/** A limit that cannot be enforced: nothing is started, and why is said. */
import { test as bunTest, expect } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXECUTABLE, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';

/** A system that shows no cgroups, as in many a container. */
const WITHOUT_CGROUPS = [
  ...['--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])],
  ...['sh', '-c', 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"', 'sh'],
] as const;

// Some systems let nobody but root have mounts of its own.
const hides = (await runCommand('unshare', [...WITHOUT_CGROUPS, 'true'])).code === 0;
const test = hides ? testWith({ executable: pikociAvailability() }) : bunTest.skip;

test('where there are no cgroups', async () => {
  await using place = pikociPlace();
  place.write(
    'pipeline.hcl',
    `job "j" {
      task "t" {
        run "shell" {
          cmd    = "touch ${place.path}/started"
          memory = "512MB"
        }
      }
    }`,
  );
  const ended = await runCommand(
    'unshare',
    [...WITHOUT_CGROUPS, EXECUTABLE, 'run', '--pipeline-config', 'pipeline.hcl'],
    {
      cwd: place.path,
      env: place.environment,
    },
  );
  expect([ended.code, ended.stdout + ended.stderr]).toEqual([
    1,
    expect.stringMatching(/the limits of this command cannot be enforced here: [\s\S]*not memory[\s\S]*run "docker"/),
  ]);
  expect(existsSync(join(place.path, 'started'))).toBe(false);
});
