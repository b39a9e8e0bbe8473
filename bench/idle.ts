import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { cpuTicks, residentMb, TICKS_PER_SECOND } from './proc.ts';
import { timeCommand } from './program.ts';
import type { Installation } from './stacks.ts';
import type { StackSuite } from './suite.ts';

const PIPELINES = 1_000;
const RESOURCES_EACH = 5;
const SETTLE_MS = 3_000;
const WATCH_MS = 4_000;
const MOST_MORE_MB = 60;
const MOST_PERCENT = 5;

/** Its check is one process and says each time the same. */
const PIPELINE = `resource_type "still" {
  params = ["n"]
  check "exec" {
    path = "echo"
    args = ["[{\\"ref\\": \\"1\\"}]"]
  }
}
${Array.from({ length: RESOURCES_EACH }, (_, n) => `resource "still" "r${n}" {\n  check_interval = "@every 1m"\n  params { n = "${n}" }\n}\n`).join('')}
job "build" {
  get "still" "r0" {
    trigger = true
  }
  task "true" {
    run "exec" { path = "true" }
  }
}
`;

interface Cost {
  /** Of the server and of its worker, of one core, in percent. What the commands of checks took is not theirs. */
  readonly server: number[];
  readonly worker: number[];
  readonly serverMb: number;
  readonly workerMb: number;
}

/** What a server and its worker cost while nothing happens but checks that find nothing. */
export const idle: StackSuite = {
  about: `a server that has nothing to do, and one with ${PIPELINES} pipelines and ${PIPELINES * RESOURCES_EACH} resources checked every minute`,
  async runOn(stack, { runs, say }) {
    await using pikoci = await stack.install();
    await delay(SETTLE_MS);
    const empty = await watch(pikoci, runs);
    say(`empty: ${(empty.serverMb + empty.workerMb).toFixed(0)} MB`);
    await setPipelines(pikoci);
    await untilChecked(pikoci);
    await delay(SETTLE_MS);
    const full = await watch(pikoci, runs);
    const spawned = await bareChecks(pikoci, runs);
    const more = full.serverMb + full.workerMb - empty.serverMb - empty.workerMb;
    const both = full.server.map((percent, n) => percent + (full.worker[n] ?? 0));
    const figures: Figure[] = [
      { name: 'idle: empty, resident', unit: 'MB', samples: [empty.serverMb + empty.workerMb] },
      {
        name: 'idle: empty, processor',
        unit: '% of a core',
        samples: empty.server.map((percent, n) => percent + (empty.worker[n] ?? 0)),
      },
      { name: 'idle: full, more resident', unit: 'MB', samples: [more], goal: { kind: 'most', value: MOST_MORE_MB } },
      {
        name: 'idle: full, server',
        unit: '% of a core',
        samples: full.server,
        goal: { kind: 'most', value: MOST_PERCENT },
      },
      { name: 'idle: full, worker', unit: '% of a core', samples: full.worker },
      {
        name: 'idle: full, both',
        unit: '% of a core',
        samples: both,
        peer: { name: 'the commands of the checks alone, by xargs', samples: spawned },
      },
    ];
    return figures;
  },
};

async function watch(pikoci: Installation, runs: number): Promise<Cost> {
  const [server, worker]: [number[], number[]] = [[], []];
  const [serverPid, workerPid] = [pikoci.serverPid(), pikoci.workerPid()];
  for (let run = 0; run < runs; run++) {
    const before = [cpuTicks([serverPid]), cpuTicks([workerPid])] as const;
    await delay(WATCH_MS);
    const percent = (ticks: number): number => ((ticks / TICKS_PER_SECOND) * 100_000) / WATCH_MS;
    server.push(percent(cpuTicks([serverPid]) - before[0]));
    worker.push(percent(cpuTicks([workerPid]) - before[1]));
  }
  return { server, worker, serverMb: residentMb([serverPid]), workerMb: residentMb([workerPid]) };
}

async function setPipelines({ client }: Installation): Promise<void> {
  for (let n = 0; n < PIPELINES; n++) {
    await client.call('setPipeline', {
      params: { team: 'main', pipeline: `pipeline-${n}` },
      body: { bundle: { main: 'pipeline.hcl', files: { 'pipeline.hcl': PIPELINE } }, variables: {} },
    });
  }
}

/** The first check of each has been. */
async function untilChecked({ database, output }: Installation): Promise<void> {
  for (let look = 0; look < 240; look++) {
    const [row] = await database.read('select count(*) from resources where last_check_at is null');
    if (row?.[0] === '0') return;
    await delay(500);
  }
  throw new Error(`not all resources were checked within two minutes\n${output()}`);
}

/** What the commands of as many checks take if nothing else starts them. */
async function bareChecks({ place }: Installation, runs: number): Promise<number[]> {
  const count = 1_000;
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const took = await timeCommand('sh', ['-c', `seq ${count} | xargs -n1 echo`], place);
    samples.push((took / count) * ((PIPELINES * RESOURCES_EACH) / 60) * 0.1);
  }
  return samples;
}
