/**
 * Random commands of several workers and people, many at once; after each round the invariants that nothing may break. The seed is in the
 * test's name.
 */
import { describe, expect, test } from 'bun:test';
import { newId, type WorkerId } from '../../lib/ids.ts';
import { isEnded } from '../../protocol/status.ts';
import type { GrantedBuild } from '../records.ts';
import { get, job, model, type Open, planOf, put, resource, type Simple, some, task, type World } from './world.ts';

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const watched = [resource('src')];
const JOBS = [
  job('free', [get('1', 'git.src'), task('2')]),
  job('two', [task('1'), put('2', 'git.src')], { concurrency: 2 }),
  job('x', [task('1')], { serialGroups: ['g', 'h'] }),
  job('y', [task('1')], { serialGroups: ['g'], concurrency: 3, errorRetries: 1 }),
];

class Play {
  readonly workers = Array.from({ length: 4 }, () => newId<WorkerId>());
  readonly world: World;
  readonly apps: readonly Simple[];
  readonly random: () => number;
  readonly running: { granted: GrantedBuild; next: number; sent: Promise<unknown> }[] = [];

  constructor(world: World, apps: readonly Simple[], random: () => number) {
    this.world = world;
    this.apps = apps;
    this.random = random;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  /** One command. What is refused because somebody was quicker is refused with `store.conflict`. */
  async act(): Promise<void> {
    const { world } = this;
    const dice = this.random();
    try {
      if (dice < 0.25) await world.trigger(some(this.pick(this.apps)), { priority: Math.floor(this.random() * 3) });
      else if (dice < 0.5) await this.#grant();
      else if (dice < 0.75) await this.#goOn();
      else if (dice < 0.82) await this.#cancel();
      else if (dice < 0.88) await world.store.rescueExpired(world.retries);
      else if (dice < 0.92) world.clock.forward(Math.floor(this.random() * 20_000));
      else if (dice < 0.96) await this.#leave();
      else await this.#renew();
    } catch (error) {
      expect(error).toMatchObject({ code: 'store.conflict' });
    }
  }

  async #grant(): Promise<void> {
    const workerId = some(this.pick(this.workers));
    const granted = await this.world.grantBuild({ workerId });
    if (granted !== undefined) this.running.push({ granted, next: 1, sent: Promise.resolve() });
  }

  async #goOn(): Promise<void> {
    const { world } = this;
    const one = this.pick(this.running);
    if (one === undefined) return;
    const outcomes = ['succeeded', 'failed', 'errored', 'cancelled', 'warning'] as const;
    const begin = one.next === 1 ? [world.started()] : [];
    const events = [...begin, world.stepStarted('2'), world.log('2', `line ${one.next}\n`)];
    if (this.random() < 0.5) events.push(world.ended(some(this.pick(outcomes))));
    const { next } = one;
    one.next += events.length;
    // A worker sends one batch of an attempt after the other.
    one.sent = one.sent.then(() => world.append(one.granted, next, ...events));
    await one.sent;
  }

  async #cancel(): Promise<void> {
    const { items } = await this.world.store.listBuilds({ limit: 20, status: ['pending', 'running'] });
    const build = this.pick(items);
    if (build !== undefined) await this.world.store.cancelBuild(build.id, 'ada', this.world.clock.now());
  }

  async #leave(): Promise<void> {
    await this.world.store.leaveWorker(some(this.pick(this.workers)), this.world.clock.now());
  }

  async #renew(): Promise<void> {
    const workerId = some(this.pick(this.workers));
    const attempts = this.running
      .filter(({ granted }) => granted.attempt.workerId === workerId)
      .map(({ granted }) => ({ id: granted.attempt.id, fencing: granted.attempt.fencing }));
    await this.world.store.renew({ workerId, attempts, checks: [], leaseMs: 30_000, now: this.world.clock.now() });
  }

  async expectInvariants(): Promise<void> {
    const { store } = this.world;
    const { items } = await store.listBuilds({ limit: 10_000 });
    const holding = new Map<string, number>();
    for (const app of this.apps) {
      const numbers = items.filter((build) => build.jobId === app.job.id).map((build) => build.number);
      // Gapless, each once.
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => numbers.length - index));
    }
    for (const build of items) {
      const attempts = await store.listAttempts(build.id);
      expect(attempts.map((attempt) => attempt.number)).toEqual(attempts.map((_, index) => index + 1));
      const live = attempts.filter((attempt) => attempt.status !== 'ended' && attempt.status !== 'lost');
      expect(live.length).toBe(build.status === 'running' ? 1 : 0);
      expect(attempts.length).toBe(build.attempts);
      if (build.status === 'running' || (build.status === 'pending' && build.attempts > 0)) {
        holding.set(build.job, (holding.get(build.job) ?? 0) + 1);
      }
      expect(build.endedAt !== undefined).toBe(isEnded(build.status));
    }
    expect(holding.get('two') ?? 0).toBeLessThanOrEqual(2);
    expect((holding.get('x') ?? 0) + (holding.get('y') ?? 0)).toBeLessThanOrEqual(1);
  }

  /** Everyone lets go: whatever waits is granted and ends, so no slot was lost on the way. */
  async drain(): Promise<void> {
    const { world } = this;
    for (let round = 0; round < 1_000; round++) {
      world.clock.forward(60_000);
      await world.store.rescueExpired(world.retries);
      const granted = await world.grantBuild();
      if (granted !== undefined) await world.append(granted, 1, world.started(), world.ended('succeeded'));
      else if ((await world.store.listBuilds({ limit: 1, status: ['pending', 'running'] })).items.length === 0) return;
    }
    throw new Error('builds wait for ever');
  }
}

export function randomContract(open: Open): void {
  describe('random commands', () => {
    test.each([[1], [2], [3]])('seed %i', async (seed) => {
      const world = await open();
      const pipeline = await world.set('app', model(watched, JOBS));
      const records = await world.store.listJobs(pipeline.id);
      const [source] = await world.store.listResources(pipeline.id);
      const apps = JOBS.map((of, index) => ({
        pipeline,
        job: some(records[index]),
        resource: some(source),
        plan: planOf(of, watched),
      }));
      const play = new Play(world, apps, randomOf(seed));
      for (let round = 0; round < 15; round++) {
        await Promise.all(Array.from({ length: 12 }, () => play.act()));
        await play.expectInvariants();
      }
      await play.drain();
      await play.expectInvariants();
    });
  });
}
