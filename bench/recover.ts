import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { type Workplace, workplace } from './program.ts';
import type { Installation } from './stacks.ts';
import type { StackSuite } from './suite.ts';

const LEASE_MS = 5_000;
const MOST_AFTER_LEASE_MS = 2_000;
const MOST_AFTER_SERVER_MS = 2_000;
/** A client that has a line younger than this is where the build is. */
const CAUGHT_UP_MS = 200;
/** Nothing of what is measured takes this long. */
const GIVE_UP_MS = 60_000;

const PARAMS = { team: 'main', pipeline: 'count', job: 'count' };

/** A number and the time, a hundred times in a second, until it may stop. */
const printer = (stop: string): string => `use Time::HiRes qw(time sleep);
$| = 1;
for (my $n = 1; !-e '${stop}'; $n++) {
  printf("line %d T=%d;\\n", $n, time * 1000);
  sleep(0.01);
}
`;

/** What it takes after a `kill -9`: of the worker, until the build runs again; of the server, until a client that followed it is where the build is. */
export const recover: StackSuite = {
  about: `kill -9 of the worker (lease ${LEASE_MS / 1_000} s) and of the server in the middle of a step`,
  async runOn(stack, { runs, say }) {
    const [worker, server]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      using place = workplace();
      const stop = join(place.path, 'stop');
      place.write('printer.pl', printer(stop));
      const command = `exec perl ${join(place.path, 'printer.pl')}`;
      const text = `job "count" {\n  task "lines" {\n    run "shell" {\n      cmd = "${command}"\n    }\n  }\n}\n`;
      await using pikoci = await stack.install({ pipelines: { count: text }, args: ['--lease', `${LEASE_MS}ms`] });
      const { id } = await pikoci.client.call('triggerJob', { params: PARAMS });
      worker.push(await killWorker(pikoci, id));
      server.push(await killServer(pikoci, id));
      await finish(pikoci, id, place);
      say(`after the worker ${worker.at(-1)?.toFixed(0)} ms, after the server ${server.at(-1)?.toFixed(0)} ms`);
    }
    const figures: Figure[] = [
      {
        name: 'recover: worker killed, runs again',
        unit: 'ms',
        samples: worker,
        goal: { kind: 'most', value: LEASE_MS + MOST_AFTER_LEASE_MS },
      },
      {
        name: 'recover: server killed, caught up',
        unit: 'ms',
        samples: server,
        goal: { kind: 'most', value: MOST_AFTER_SERVER_MS },
      },
    ];
    return figures;
  },
};

async function killWorker(pikoci: Installation, build: string): Promise<number> {
  const lost = await untilLog(pikoci, build, () => true);
  const killed = performance.now();
  await pikoci.killWorker();
  await untilLog(pikoci, build, ({ attempt }) => attempt !== lost);
  return performance.now() - killed;
}

async function killServer(pikoci: Installation, build: string): Promise<number> {
  let killed: number | undefined;
  let restarted: Promise<void> | undefined;
  await untilLog(pikoci, build, ({ text }) => {
    const age = Date.now() - Number([...text.matchAll(/T=(\d+);/g)].at(-1)?.[1] ?? 0);
    if (killed === undefined && age < CAUGHT_UP_MS) {
      killed = performance.now();
      restarted = pikoci.killServer().then(() => pikoci.startServer());
      return false;
    }
    // What came before the end of the old one is not news of the new one.
    return killed !== undefined && performance.now() - killed > CAUGHT_UP_MS && age < CAUGHT_UP_MS;
  });
  const took = performance.now() - (killed ?? 0);
  await restarted;
  return took;
}

/** Until a client that follows the build has such a piece of its log; it comes back by itself when its server went away. Gives the attempt. */
async function untilLog(
  { client, output }: Installation,
  build: string,
  met: (log: { readonly attempt: string; readonly text: string }) => boolean,
): Promise<string> {
  const signal = AbortSignal.timeout(GIVE_UP_MS);
  for await (const { message } of client.stream('watchBuild', { params: { build } }, { signal })) {
    if (message.event === 'log' && met(message)) return message.attempt;
  }
  throw new Error(`what was waited for did not come within ${GIVE_UP_MS / 1_000} s\n${output()}`);
}

/** It succeeds, and has every line. */
async function finish({ client, get, output }: Installation, build: string, place: Workplace): Promise<void> {
  place.write('stop', '');
  const signal = AbortSignal.timeout(GIVE_UP_MS);
  for await (const { message } of client.stream('watchBuild', { params: { build } }, { signal })) {
    if (message.event === 'end') break;
  }
  const { status, attempts } = await client.call('getBuild', { params: { build } });
  if (status !== 'succeeded' || attempts.length !== 2) {
    throw new Error(`the build ${status} in ${attempts.length} attempts\n${output()}`);
  }
  const log = await (await get(`/builds/${build}/log`)).text();
  const numbers = [...log.matchAll(/^line (\d+) /gm)].map(([, number]) => Number(number));
  const gap = numbers.findIndex((number, index) => number !== index + 1);
  if (numbers.length === 0 || gap >= 0) throw new Error(`line ${gap + 1} of the log is missing`);
}
