/** Those who use the servers of a run meanwhile: they trigger builds, and cancel some of them. */
import { ApiError } from '../../src/client/api-error.ts';
import type { Client } from '../../src/client/client.ts';
import type { Random } from './random.ts';
import type { TriggerRecord } from './records.ts';
import type { World } from './world.ts';

export interface Visitors {
  readonly triggers: readonly TriggerRecord[];
  readonly cancelled: ReadonlySet<string>;
  /** Starts a build of that job by whichever server answers; gives how it went. */
  trigger(job: string): Promise<TriggerRecord>;
  /** Triggers until `signal` aborts, or so many were made. */
  run(options: VisitorOptions): Promise<void>;
}

export interface VisitorOptions {
  readonly jobs: readonly (readonly [string, number])[];
  readonly most: number;
  /** On average so long from one to the next. */
  readonly everyMs: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 10_000;
const CANCEL_SHARE = 0.06;

export function createVisitors(world: World, pipeline: string, tell: (text: string) => void): Visitors {
  const triggers: TriggerRecord[] = [];
  const cancelled = new Set<string>();
  let number = 0;
  const clients = (): Client[] => world.servers.flatMap((_, at) => world.client(at) ?? []);

  async function make(
    client: Client,
    job: string,
  ): Promise<{ readonly record: TriggerRecord; readonly build?: string }> {
    number += 1;
    const token = `t${number}`;
    const record = (answer: TriggerRecord['answer']): TriggerRecord => {
      const made = { token, job, answer };
      triggers.push(made);
      return made;
    };
    try {
      const build = await client.call('triggerJob', {
        params: { team: 'main', pipeline, job },
        body: { reason: token },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return { record: record('accepted'), build: build.id };
    } catch (error) {
      // A server that has trouble may have done it all the same; one that says it is our fault has not.
      const refused = error instanceof ApiError && error.status < 500;
      if (refused) tell(`trigger ${token} of ${job} is refused: ${error.message}`);
      return { record: record(refused ? 'refused' : 'unknown') };
    }
  }

  async function cancel(client: Client, build: string): Promise<void> {
    cancelled.add(build);
    try {
      await client.call('cancelBuild', { params: { build }, signal: AbortSignal.timeout(ANSWER_MS) });
    } catch {
      // It has ended by now, or nobody answers; both may be.
    }
  }

  return {
    triggers,
    cancelled,
    async trigger(job) {
      const [client] = clients();
      if (client === undefined) throw new Error('no server runs');
      return (await make(client, job)).record;
    },
    async run({ jobs, most, everyMs, random, signal }) {
      const open = new Set<Promise<void>>();
      for (let made = 0; made < most && !signal.aborted; made += 1) {
        // Drawn whether anybody answers or not, so that a seed gives the same row of jobs.
        const [job, who, share, afterMs] = [
          random.weighted(jobs),
          random.next(),
          random.next(),
          random.between(100, 2_000),
        ];
        await Bun.sleep(random.between(everyMs / 2, (everyMs * 3) / 2));
        const known = clients();
        const client = known[Math.floor(who * known.length)];
        if (client === undefined) continue;
        const one = make(client, job).then(async ({ build }) => {
          if (build === undefined || share > CANCEL_SHARE) return;
          await Bun.sleep(afterMs);
          await cancel(client, build);
        });
        open.add(one);
        void one.finally(() => open.delete(one));
      }
      await Promise.all(open);
    },
  };
}
