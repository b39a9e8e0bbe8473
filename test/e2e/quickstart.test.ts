import { expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { testWith } from '../servers/required.ts';
import { endedBuild, logOf } from './builds.ts';

const test = testWith({ executable: pikociAvailability() });
const QUICKSTART = readFileSync(join(import.meta.dirname, '../pipelines/quickstart.hcl'), 'utf8');
const SEED = ['--db-system', 'mem', '--pubsub-system', 'mem', '--run-worker', '--pipeline-config', 'pipeline.hcl'];

test('the first command of the seed: a green build, a link that signs in, and nothing left at the end', async () => {
  await using place = pikociPlace();
  place.write('pipeline.hcl', QUICKSTART);
  const temporary = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('pikoci-') && existsSync(join(tmpdir(), name, 'server')));
  const before = temporary();
  const server = await place.startServer(...SEED);
  expect((await endedBuild(server, 'pipeline', 'hello', 1, 60_000)).status).toBe('succeeded');
  expect(await logOf(server, 'pipeline', 'hello', 1)).toContain('hello from pikoci\n');

  const link = server.signInUrl ?? '';
  const first = await fetch(link, { redirect: 'manual' });
  expect([first.status, first.headers.get('set-cookie') ?? '']).toEqual([
    302,
    expect.stringMatching(/HttpOnly.*SameSite=Lax/i),
  ]);
  const again = await fetch(link, { redirect: 'manual' });
  expect(again.headers.get('set-cookie')).toBeNull();

  expect(await server.stop('SIGTERM')).toBe(0);
  // No file; the empty directories of a home are not ours to remove.
  const left = readdirSync(place.path, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  );
  expect(left.map((entry) => entry.name)).toEqual(['pipeline.hcl']);
  expect(temporary()).toEqual(before);
});

test('a pipeline takes the name it is given, and settings come from the environment and a file', async () => {
  await using place = pikociPlace({
    environment: { PATH: process.env.PATH ?? '', PIKOCI_DB_SYSTEM: 'mem', HOME: '/nonexistent' },
  });
  place.write('pipeline.hcl', QUICKSTART);
  place.write('pikoci.hcl', 'pipeline_name = "tick"\nrun_worker = false\n');
  const server = await place.startServer('--config', 'pikoci.hcl', '--pipeline-config', 'pipeline.hcl');
  const pipelines = await fetch(`${server.url}/api/v1/pipelines`);
  // A visitor sees what is shown to everybody, and that is nothing.
  expect(await pipelines.json()).toEqual([]);
  expect(server.output()).toContain('main/tick');
  await server.stop();
});
