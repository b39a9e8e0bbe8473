import { describe, expect, test } from 'bun:test';
import { CodedError } from '../../lib/coded-error.ts';
import { newId, type WorkerId } from '../../lib/ids.ts';
import type { Store } from '../store.ts';
import { automatic, commit } from './builds-contract.ts';
import { type Database, get, some, TestClock, task, World } from './world.ts';

const VERSIONS = 30;

/** Of a database that several servers may share: two of them do everything at once, and each thing is done once. */
export function raceContract(create: () => Promise<Database>): void {
  describe('two servers at once', () => {
    async function two(work: (one: World, other: World, clock: TestClock) => Promise<void>): Promise<void> {
      const database = await create();
      const clock = new TestClock();
      const [one, other] = [await database.open(clock), await database.open(clock)];
      try {
        await Promise.all([one.migrate(), other.migrate()]);
        await work(new World(one, clock), new World(other, clock), clock);
      } finally {
        await Promise.all([one.close(), other.close()]);
        await database.dispose();
      }
    }

    test('bring the tables up to date, and set the same pipeline at their start: it is there once', async () => {
      await two(async (one, other) => {
        const set = await Promise.all([one.simple(), other.simple()]);
        expect(set[1]?.pipeline).toEqual(some(set[0]).pipeline);
        expect((await one.store.listRevisions(some(set[0]).pipeline.id, { limit: 10 })).items).toHaveLength(1);
        expect(await one.store.listTeams()).toHaveLength(1);
      });
    });

    test('decide, give out, rescue: every build is made once, in its order, and tried once by one worker', async () => {
      await two(async (one, other, clock) => {
        const app = await one.simple({ steps: [get('1', 'git.src', { version: 'every' }), task('2')] });
        const refs = Array.from({ length: VERSIONS }, (_, index) => `v${index}`);
        const versions = await one.versions(app.resource, ...refs);

        /** As the scheduler does: a few at a time, so that the two get in each other's way. */
        const schedule = async ({ store }: World): Promise<void> => {
          for (;;) {
            const facts = some(await store.schedulingFacts(app.pipeline.id));
            const used = some(facts.jobs[0]).used;
            const known = some(facts.resources[0]).versions.toReversed();
            const fresh = known.filter(({ id }) => !used.has(id)).slice(0, 3);
            if (fresh.length === 0) return;
            const builds = fresh.map((version) => automatic(one, app, version));
            await store.commitDecisions({ ...commit(one, app, { builds }), basedOn: facts.decided }).catch(unlessStale);
          }
        };
        await Promise.all([schedule(one), schedule(other)]);
        const made = (await one.store.listBuilds({ jobId: app.job.id, limit: 100 })).items.toReversed();
        expect(made.map(({ number }) => number)).toEqual(refs.map((_, index) => index + 1));
        const inputs = await one.store.inputsOf(made.map(({ id }) => id));
        expect(made.map(({ id }) => inputs.get(id)?.[0]?.versionId)).toEqual(versions.map(({ id }) => id));

        const granted = (await Promise.all([one, other, one, other].map(({ store }) => takeAll(store, one)))).flat();
        expect(granted.toSorted()).toEqual(made.map(({ id }) => id).toSorted());

        clock.forward(60_000);
        const rescued = await Promise.all([one, other, one].map(({ store }) => store.rescueExpired(one.retries)));
        expect(rescued.flat().map(({ buildId }) => buildId)).toHaveLength(VERSIONS);
        const again = (await one.store.listBuilds({ jobId: app.job.id, limit: 100 })).items;
        expect(new Set(again.map(({ status }) => status))).toEqual(new Set(['pending']));
        expect((await one.store.listAttempts(some(again[0]).id)).map(({ status }) => status)).toEqual(['lost']);
      });
    });

    test('delete the same builds, and cancel the same one: done once, and no error but for who came too late', async () => {
      await two(async (one, other, clock) => {
        const app = await one.simple();
        const build = await one.trigger(app);
        const cancelled = await Promise.allSettled(
          [one, other].map(({ store }) => store.cancelBuild(build.id, 'ada', clock.now())),
        );
        expect(cancelled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await Promise.all([one, other].map(({ store }) => store.deleteBuilds([build.id], clock.now())));
        expect(await one.store.getBuildRecord(build.id)).toBeUndefined();
      });
    });
  });
}

const unlessStale = (error: unknown): undefined => {
  if (!(error instanceof CodedError) || error.code !== 'store.stale_decision') throw error;
};

/** Everything there is for one worker of this server. */
async function takeAll(store: Store, world: World): Promise<readonly string[]> {
  const workerId = newId<WorkerId>();
  const taken: string[] = [];
  for (;;) {
    const work = await store.grant(world.request({ workerId, kinds: ['build'] }));
    if (work?.kind === 'build') taken.push(work.build.id);
    // Others may have been quicker each time; then there is still something.
    else if ((await store.listBuilds({ status: ['pending'], limit: 1 })).items.length === 0) return taken;
  }
}
