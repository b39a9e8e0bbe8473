/** What is tried again by itself, and what is not: with as many retries as a server gives when nobody says anything. */
import { expect } from 'bun:test';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { trigger } from './build-detail.ts';
import { endedBuild } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

/** A service that does not start: that may pass. */
const PIPELINE = `
service_type "shaky" {
  start "shell" { cmd = "exit 3" }
}
job "program" {
  task "x" {
    run "exec" { path = "no-such-program" }
  }
}
job "service" {
  service "shaky" {}
  task "x" {
    run "shell" { cmd = "true" }
  }
}
job "failed" {
  task "x" {
    run "shell" { cmd = "exit 1" }
  }
}
`;

test('an error that may pass is tried again, later each time; one that will not change and a failure are not', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', PIPELINE);
  const server = await place.startServer('--db-system', 'mem', '--pipeline-config', 'pipeline.hcl');
  await trigger(server, 'service', 'program', 'failed');
  const attempts = async (job: string): Promise<number> =>
    ((await server.json('builds', 'get', '1', '-p', 'pipeline', '-j', job, '--json')) as { attempts: unknown[] })
      .attempts.length;
  expect((await endedBuild(server, 'pipeline', 'program', 1)).status).toBe('errored');
  expect(await attempts('program')).toBe(1);
  expect((await endedBuild(server, 'pipeline', 'failed', 1)).status).toBe('failed');
  expect(await attempts('failed')).toBe(1);
  // Between two tries it says what it met and when it is tried again.
  await eventually('the next try of service', async () => {
    const { stdout } = await server.cli('explain', '-p', 'pipeline', '-j', 'service');
    return /build 1 waits for its next try, since it errored: .+ \((in .+|now)\)/.test(stdout) || undefined;
  });
  expect((await endedBuild(server, 'pipeline', 'service', 1)).status).toBe('errored');
  expect(await attempts('service')).toBe(3);
});
