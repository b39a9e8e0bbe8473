/** A worker that is killed and does not come back: nothing of what it ran may go on beside the next attempt. */
import { expect } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild } from './builds.ts';
import { eventually } from './eventually.ts';

const test = testWith({ executable: pikociAvailability() });

/** Prints nothing, so that it does not hear that nobody reads what it prints; its child has a session of its own. */
const script = (path: string): string => `
cd ${path}
echo "$BUILD_ATTEMPT" >> begun
setsid sh -c 'echo $$ > pid-$BUILD_ATTEMPT; exec sleep 1234' &
while [ ! -e go ]; do sleep 0.05; done
`;

test('kill -9 of a worker that nobody starts again: its steps are gone before another worker begins them', async () => {
  await using place = pikociPlace();
  const work = place.write('work.sh', script(place.path));
  place.write('pipeline.hcl', `job "quiet" {\n  task "work" {\n    run "shell" { cmd = "sh ${work}" }\n  }\n}\n`);
  const server = await place.startServer(
    ...['--db-system', 'mem', '--pubsub-system', 'http', '--run-worker=false', '--lease', '4s'],
    ...['--jwt-secret', 'a secret of thirty-two characters', '--pipeline-config', 'pipeline.hcl'],
  );
  const token = await place.run(['worker-token', '--jwt-secret', 'a secret of thirty-two characters']);
  const tokenFile = place.write('token', token.stdout);
  const startWorker = (name: string) =>
    place.start([
      ...['worker', '--name', name, '--data-dir', name, '--concurrency', '1'],
      ...['--worker-token-file', tokenFile, '--pikoci-url', server.url],
    ]);
  const told = (file: string): string => {
    const path = join(place.path, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const first = startWorker('first');
  await server.cli('jobs', 'trigger', '--pipeline', 'pipeline', '--job', 'quiet');
  await eventually('the first attempt is under way', async () =>
    told('begun') === '1\n' && told('pid-1') !== '' ? true : undefined,
  );
  await using second = startWorker('second');
  await second.waitForOutput(/connected to a server/);
  await first.kill9();
  await eventually('the second attempt is under way', async () => told('begun') === '1\n2\n' || undefined);
  const child = Number(told('pid-1'));
  const left = processesOf(place.path).filter(({ pid }) => pid === child);
  place.write('go', '');
  expect(left).toEqual([]);
  expect((await endedBuild(server, 'pipeline', 'quiet', 1)).status).toBe('succeeded');
  expect(processesOf(join(place.path, 'first'))).toEqual([]);
  await second.stop();
  await server.stop();
}, 60_000);
