import { cpus } from 'node:os';
import { startBuildbot } from './buildbot.ts';
import type { Figure } from './figure.ts';
import { timeCommand, type Workplace } from './program.ts';
import type { Installation } from './stacks.ts';
import type { StackSuite } from './suite.ts';

const BUILDS = 1_000;
const AT_A_TIME = 8;

/** `echo` shows what pikoci itself costs a build, `work` its share in builds that do a little: each waits a tenth of a second, so fewer of them are made. */
const COMMANDS = { echo: 'echo hello', work: 'sleep 0.1' } as const;
type Kind = keyof typeof COMMANDS;
const COUNTS: Readonly<Record<Kind, number>> = { echo: BUILDS, work: 400 };

const PIPELINE = Object.entries(COMMANDS)
  .map(([name, cmd]) => `job "${name}" {\n  task "run" {\n    run "shell" {\n      cmd = "${cmd}"\n    }\n  }\n}\n`)
  .join('');

/** Of the limit's builds in a second. */
const LEAST_SHARE = 0.6;

/** A thousand builds of one step each, eight at a time, from the first trigger until the last has ended. */
export const throughput: StackSuite = {
  about: `${BUILDS} builds of one step, ${AT_A_TIME} at a time`,
  async runOn(stack, { runs, say }) {
    const figures: Figure[] = [];
    {
      await using pikoci = await stack.install({ pipelines: { many: PIPELINE }, slots: AT_A_TIME });
      for (const kind of Object.keys(COMMANDS) as Kind[]) {
        const ours: number[] = [];
        const limit: number[] = [];
        // The first is to warm up.
        for (let run = -1; run < runs; run++) {
          const took = await runBuilds(pikoci, kind, run < 0 ? COUNTS[kind] / 10 : COUNTS[kind]);
          const least = await runByXargs(pikoci.place, kind);
          if (run < 0) continue;
          ours.push((COUNTS[kind] * 1_000) / took);
          limit.push((COUNTS[kind] * 1_000) / least);
          say(`${ours.at(-1)?.toFixed(0)} builds/s that ${kind}; xargs ${limit.at(-1)?.toFixed(0)}`);
        }
        figures.push({
          name: `throughput: builds that ${kind}`,
          unit: 'builds/s',
          samples: ours,
          peer: { name: `xargs -P${AT_A_TIME} of the same, ${cpus().length} cores`, samples: limit },
          ...(stack.name === 'sqlite+mem' && { goal: { kind: 'ratio-least', least: LEAST_SHARE } as const }),
        });
      }
    }
    const [echo] = figures;
    const peer = stack.name === 'sqlite+mem' ? await ofBuildbot(runs, say) : undefined;
    if (echo !== undefined && peer !== undefined) {
      const { name, unit, samples } = echo;
      figures.push({ name, unit, samples, peer, goal: { kind: 'ratio-least', least: 5 } });
    }
    return figures;
  },
};

/** When everything else is over, for its master and worker are busy even when they build nothing. One that fails costs its own figure, and no other. */
async function ofBuildbot(runs: number, say: (text: string) => void): Promise<Figure['peer']> {
  await using buildbot = await startBuildbot({ command: COMMANDS.echo, atATime: AT_A_TIME, say });
  if (buildbot === undefined) return undefined;
  try {
    const samples: number[] = [];
    for (let run = 0; run < runs; run++) {
      samples.push(await buildbot.buildsPerSecond());
      say(`Buildbot: ${samples.at(-1)?.toFixed(1)} builds/s`);
    }
    return { name: `Buildbot ${buildbot.version}, the same`, samples };
  } catch (error) {
    say(`Buildbot is left out: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function runBuilds({ client, output }: Installation, job: Kind, count: number): Promise<number> {
  const params = { team: 'main', pipeline: 'many', job };
  const begun = performance.now();
  let left = count;
  let first = Number.POSITIVE_INFINITY;
  let last: { readonly id: string; readonly number: number } | undefined;
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      while (left-- > 0) {
        const build = await client.call('triggerJob', { params });
        first = Math.min(first, build.number);
        if (last === undefined || build.number > last.number) last = build;
      }
    }),
  );
  if (last === undefined) throw new Error('nothing was triggered');
  for await (const { message } of client.stream('watchBuild', { params: { build: last.id } })) {
    if (message.event === 'end') break;
  }
  // The others began before it, and a few may end after it.
  for (;;) {
    const { items } = await client.call('listJobBuilds', { params, query: { limit: AT_A_TIME * 4 } });
    if (items.every((build) => build.endedAt !== null)) break;
  }
  const took = performance.now() - begun;
  let after: string | undefined;
  for (let seen = 0; seen < count; ) {
    const { items, next } = await client.call('listJobBuilds', { params, query: { limit: 100, after } });
    const failed = items.find((build) => build.number >= first && build.status !== 'succeeded');
    if (failed !== undefined) throw new Error(`build ${failed.number} ${failed.status}\n${output()}`);
    seen += items.length;
    after = next;
    if (next === undefined && seen < count) throw new Error(`${seen} builds are there of ${count}`);
  }
  return took;
}

/** The same commands by the same shell, with nothing around them. */
function runByXargs(place: Workplace, kind: Kind): Promise<number> {
  const numbers = `seq ${COUNTS[kind]}`;
  return timeCommand('sh', ['-c', `${numbers} | xargs -P${AT_A_TIME} -I{} sh -c '${COMMANDS[kind]}'`], place);
}
