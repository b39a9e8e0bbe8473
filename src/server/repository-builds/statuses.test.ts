/** How builds are told to forges: what, and until the forge has heard it. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import { type DeliveryId, newId } from '../../lib/ids.ts';
import { THIS_REPOSITORY } from '../../pipeline/repository-resource.ts';
import { get, job, model, resource, TestClock, task } from '../../store/contract/world.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import { systemTimers, type Timers } from '../loops/loop.ts';
import { ended, started, startTestServer, stepEnded, stepStarted, type TestServer } from '../test-server.fixture.ts';
import { activeRepository, type ForgeStandIn, forgeStandIn, hash, push } from './forge-stand-in.fixture.ts';

const source = resource('repository', { repository: THIS_REPOSITORY });
const pipelines = { one: model([source], [job('test', [get('1', 'git.repository'), task('2')])]) };
/** Pauses are over at once: the clock says how long they were. */
const impatient: Timers = { after: (ms, run) => systemTimers.after(Math.min(ms, 20), run) };

let world: TestServer;
let forge: ForgeStandIn;
let repository: RepositoryRecord;
let clock: TestClock;
const said: string[] = [];
beforeEach(async () => {
  forge = forgeStandIn();
  clock = new TestClock();
  said.length = 0;
  const write = (text: string) => said.push(text);
  const logger = { debug: write, info: write, warn: write, error: write };
  world = await startTestServer(pipelines, {}, ':memory:', { forges: forge, clock, timers: impatient, logger });
  repository = await activeRepository(world.store);
  forge.commits.set(hash('1'), { '.pikoci.hcl': 'one' });
});
afterEach(() => world[Symbol.asyncDispose]());

const pushed = (commit = hash('1')) =>
  world.server.repositoryBuilds.buildEvent(repository, push(repository, 'main', commit), {
    id: newId<DeliveryId>(),
    receivedAt: 1,
  });

/** Asks again and again: nothing of the feed tells that a forge was asked. */
async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const toldAs = (state: string) => eventually(() => forge.told.find(({ status }) => status.state === state)?.status);

test('the step that failed has the link, and tests that say where they are written stand there', async () => {
  await pushed();
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  const cases = [
    { suite: 'sums', name: 'adds [x](http://evil)', status: 'failed', message: '1 is not 2', place: './src/a.ts:12' },
    { suite: 'sums', name: 'elsewhere', status: 'failed', message: 'no', place: '/etc/passwd:1' },
    { suite: 'sums', name: 'good', status: 'passed' },
  ] as const;
  await worker.emit(
    grant,
    started,
    stepStarted('2'),
    { kind: 'tests', step: '2', try: 1, cases: [...cases] } as never,
    stepEnded('2', 'failed'),
    ended('failed'),
  );
  const status = await toldAs('failed');
  expect(status).toMatchObject({
    context: 'pikoci/test',
    description: expect.stringMatching(/^#1 failed in \S+: task-2 exited with 1$/),
    url: 'http://ci.test/teams/main/pipelines/app/jobs/test/builds/1?step=2',
    annotations: [{ path: 'src/a.ts', line: 12, title: 'sums › adds [x](http://evil)', message: '1 is not 2' }],
  });
  expect(status.text).toContain('adds \\[x\\]\\(http://evil\\)');
  // The same check run throughout.
  expect(new Set(forge.told.slice(1).map(({ before }) => before))).toEqual(new Set(['run-1']));
});

test('a forge that does not answer is told again until it has heard how the build stands then', async () => {
  forge.trouble = new CodedError('forge.unreachable', 'it does not answer');
  const { builds } = await pushed();
  const worker = await world.worker();
  await worker.emit(await worker.nextBuild(), started, ended());
  const build = builds[0]?.id as Parameters<typeof world.store.reportOf>[0];
  await eventually(async () =>
    (await world.store.reportOf(build))?.problem?.code === 'forge.unreachable' ? true : undefined,
  );
  forge.trouble = undefined;
  clock.forward(60 * 60_000);
  await toldAs('succeeded');
  expect(forge.told).toHaveLength(1);
  expect(await world.store.reportOf(build)).toMatchObject({ problem: undefined, tries: 0 });
});

test('after a day it is given up, and the log says so', async () => {
  forge.trouble = new CodedError('forge.unreachable', 'it does not answer');
  const { builds } = await pushed();
  const build = builds[0]?.id as Parameters<typeof world.store.reportOf>[0];
  await eventually(async () => ((await world.store.reportOf(build))?.problem === undefined ? undefined : true));
  clock.forward(25 * 60 * 60_000);
  await eventually(async () => ((await world.store.reportOf(build))?.givenUpAt === undefined ? undefined : true));
  expect(said).toContain('a status could not be told within a day, and is given up: it does not answer');
});

test('a pipeline with mistakes makes no build: the commit is red and says why', async () => {
  forge.commits.set(hash('2'), { '.pikoci.hcl': 'broken' });
  const outcome = await pushed(hash('2'));
  expect(outcome.builds).toEqual([]);
  expect(outcome.notes[0]).toContain('no pipeline "broken"');
  const status = await toldAs('failed');
  expect(status).toMatchObject({ context: 'pikoci', text: expect.stringContaining('no pipeline "broken"') });
});
