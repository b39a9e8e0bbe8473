/** One run: a world, those who use it, what happens to it, and what must hold in the end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../src/client/client.ts';
import { createBlows } from './blows.ts';
import { brokenInvariants, type Rules } from './invariants.ts';
import { observe, whatIsLeft, whatIsOpen } from './observe.ts';
import { createRandom } from './random.ts';
import { makeSchedule } from './schedule.ts';
import { createVisitors } from './visitors.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

export interface ChaosOptions extends WorldOptions {
  readonly seed: number;
  readonly forMs: number;
  /** From one blow to the next, and from one trigger to the next. */
  readonly blowEveryMs: number;
  readonly triggerEveryMs: number;
  readonly mostTriggers: number;
  /** So long nothing comes to its end afterwards, and it is not at rest: how long all of it takes is a matter of the machine. */
  readonly restMs: number;
}

export interface ChaosResult {
  readonly broken: readonly string[];
  /** What happened, and when, in seconds from the beginning. */
  readonly timeline: readonly string[];
  readonly builds: number;
  readonly attempts: number;
  readonly blows: number;
}

const PIPELINE = 'pipeline';

/** Started from outside, each as often as its weight says; `each` starts by itself. */
const JOBS = [
  ['count', 4],
  ['long', 2],
  ['quiet', 2],
  ['flood', 2],
  ['serves', 3],
  ['fails', 1],
  ['slow', 1],
  ['hooks', 3],
  ['parallel', 2],
  ['one', 2],
  ['left', 2],
  ['right', 2],
  ['push', 3],
] as const;

const RULES: Rules = {
  endings: { fails: 'failed', slow: 'failed' },
  oneAtATime: [['one'], ['left', 'right']],
  everyVersion: 'each',
  pushes: ['push'],
  ensured: {
    hooks: [
      { task: 'say', hook: 'after' },
      { task: 'say', hook: 'last' },
    ],
  },
  errorRetries: 2,
};

const READY_MS = 60_000;

export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosResult> {
  const begun = performance.now();
  const timeline: string[] = [];
  const tell = (text: string): void => {
    const line = `${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)}  ${text}`;
    timeline.push(line);
    say(line);
  };
  const { seed, servers, workers, leaseMs, forMs, cables } = options;
  await using world = await startWorld(options);
  const cast = {
    servers,
    workers,
    leaseMs,
    cables,
    broker: world.broker !== undefined,
    database: world.database !== undefined,
  };
  const schedule = makeSchedule({ seed, forMs, everyMs: options.blowEveryMs, cast });
  const random = createRandom(seed + 1);
  const blows = createBlows(world, tell, random.next);
  const visitors = createVisitors(world, PIPELINE, tell);

  for (const { program } of [...world.servers, ...world.workers]) program.start();
  const client = (): Promise<Client> => until(READY_MS, 'a server answers', () => answering(world));
  await client();
  tell(
    `seed ${seed}: ${schedule.length} blows within ${forMs / 1_000} s; cut are ${cables ? 'cables of networks of their own, and proxies' : 'proxies'}`,
  );
  const [over, all] = [new AbortController(), visitors];
  const visiting = all.run({
    ...{ jobs: JOBS, most: options.mostTriggers, everyMs: options.triggerEveryMs, random, signal: over.signal },
  });
  await blows.run(schedule);
  over.abort();
  await visiting;
  tell(`${visitors.triggers.length} triggers were made; everything is there again`);

  // Whoever could take a slot that is never given back waits for ever.
  for (const [job] of RULES.oneAtATime) if (job !== undefined) await visitors.trigger(job);
  const open = await restOf(world, options.restMs);
  if (open !== undefined) tell(`not at rest, and nothing has ended for ${options.restMs / 1_000} s: ${open}`);
  const observed = await observe(world, await client(), PIPELINE);
  for (const { program } of world.workers) {
    if (await program.end('SIGTERM', 30_000)) tell(`${program.name} did not end within 30 s of SIGTERM`);
  }
  for (const { program } of world.servers) {
    if (await program.end('SIGTERM', 30_000)) tell(`${program.name} did not end within 30 s of SIGTERM`);
  }
  const left = await whatIsLeft(world, options.directory);
  const records = {
    ...observed,
    triggers: visitors.triggers,
    sleeps: blows.sleeps,
    cancelled: new Set([...visitors.cancelled, ...cancelledByLeaving(observed.builds, blows.left)]),
    struck: blows.struck,
    left,
  };
  const broken = brokenInvariants(records, RULES);
  const attempts = observed.builds.reduce((sum, build) => sum + build.attempts.length, 0);
  writeFileSync(join(options.directory, 'timeline'), `${timeline.join('\n')}\n`);
  return { broken, timeline, builds: observed.builds.length, attempts, blows: schedule.length };
}

/** A worker that is told to leave cancels what it runs. */
function cancelledByLeaving(
  builds: Awaited<ReturnType<typeof observe>>['builds'],
  left: ReadonlySet<string>,
): readonly string[] {
  return builds.filter(({ attempts }) => left.has(attempts.at(-1)?.worker ?? '')).map(({ id }) => id);
}

async function answering(world: World): Promise<Client | undefined> {
  for (const [number] of world.servers.entries()) {
    const client = world.client(number);
    try {
      await client?.call('listJobs', {
        params: { team: 'main', pipeline: PIPELINE },
        signal: AbortSignal.timeout(5_000),
      });
      if (client !== undefined) return client;
    } catch {
      // It has just been started; the next one is asked.
    }
  }
  return undefined;
}

/** Waits until nothing is open; else says what still is, when nothing has come to its end for that long. */
async function restOf(world: World, restMs: number): Promise<string | undefined> {
  let open: readonly string[] = ['no server answers'];
  let fewest = Number.POSITIVE_INFINITY;
  let deadline = performance.now() + restMs;
  while (performance.now() < deadline) {
    const client = await answering(world);
    if (client !== undefined) open = await whatIsOpen(world, client, PIPELINE);
    if (open.length === 0) return undefined;
    if (client !== undefined && open.length < fewest) {
      fewest = open.length;
      deadline = performance.now() + restMs;
    }
    await Bun.sleep(1_000);
  }
  return open.join(', ');
}

async function until<T>(ms: number, what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await Bun.sleep(100);
  }
  throw new Error(`not within ${ms / 1_000} s: ${what}`);
}
