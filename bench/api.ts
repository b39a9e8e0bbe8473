import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { TOLD_EVERY, writeHistory } from './history.ts';
import { randomFrom } from './random.ts';
import type { Installation } from './stacks.ts';
import type { Stack, StackSuite } from './suite.ts';

const PIPELINES = 5;
const JOBS = 10;
const FEW = 1_000;
const MANY = 1_000_000;
const REQUESTS_PER_RUN = 100;
const MOST_TIMES = 2;

/** What a page of it asks: each request with a page or a build at random. */
const REQUESTS: Readonly<Record<string, (ids: Ids, random: (below: number) => number) => string>> = {
  'list pipelines': () => '/pipelines',
  'list builds': () => '/builds?limit=25',
  'list builds of a job': (ids, random) =>
    `/teams/main/pipelines/p${random(PIPELINES)}/jobs/j${random(JOBS)}/builds?limit=25&after=${2 + random(ids.perJob)}`,
  'open a build': (ids, random) => `/builds/${ids.builds[random(ids.builds.length)]}`,
};

interface Ids {
  readonly perJob: number;
  /** Some of them. */
  readonly builds: readonly string[];
}

/** The same requests with a million builds stored as with a thousand. */
export const api: StackSuite = {
  about: `the pages' requests with ${MANY.toLocaleString('en')} builds stored, and with ${FEW.toLocaleString('en')}`,
  async runOn(stack, { runs, say }) {
    await using few = await installed(stack, FEW, say);
    await using many = await installed(stack, MANY, say);
    const places = [few, many] as const;
    const ids = [await idsOf(few, FEW), await idsOf(many, MANY)] as const;
    const random = randomFrom(7);
    const figures: Figure[] = [];
    for (const [name, request] of Object.entries(REQUESTS)) {
      const samples: [number[], number[]] = [[], []];
      // In turn, so that whatever else the machine does meets both alike.
      for (let n = -REQUESTS_PER_RUN; n < runs * REQUESTS_PER_RUN; n++) {
        for (const which of [0, 1] as const) {
          const begun = performance.now();
          const answer = await places[which].get(request(ids[which], random));
          await answer.arrayBuffer();
          if (answer.status !== 200) throw new Error(`${name}: ${answer.status}\n${places[which].output()}`);
          if (n >= 0) samples[which].push(performance.now() - begun);
        }
      }
      const peer = { name: `with ${FEW.toLocaleString('en')} builds`, samples: samples[0] };
      const goal = { kind: 'ratio', most: MOST_TIMES } as const;
      figures.push(
        { name: `api: ${name}, p50`, unit: 'ms', samples: samples[1], at: 0.5, peer },
        { name: `api: ${name}, p99`, unit: 'ms', samples: samples[1], at: 0.99, peer, goal },
      );
    }
    return figures;
  },
};

async function installed(stack: Stack, builds: number, say: (text: string) => void): Promise<Installation> {
  const pipelines = Object.fromEntries(Array.from({ length: PIPELINES }, (_, n) => [`p${n}`, PIPELINE]));
  const pikoci = await stack.install({ pipelines });
  try {
    await untilAllBuilt(pikoci);
    await pikoci.stopServer();
    const begun = performance.now();
    const each = builds / PIPELINES / JOBS - 1;
    await writeHistory(pikoci.database, { copies: each, versions: each });
    say(`${builds.toLocaleString('en')} builds written in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    await pikoci.startServer();
    return pikoci;
  } catch (error) {
    await pikoci[Symbol.asyncDispose]();
    throw error;
  }
}

const PIPELINE = `resource_type "still" {
  check "exec" {
    path = "echo"
    args = ["[{\\"ref\\": \\"1\\"}]"]
  }
  pull "exec" { path = "true" }
}
resource "still" "r" {
  check_interval = "@every 24h"
}
${Array.from(
  { length: JOBS },
  (_, n) => `job "j${n}" {
  get "still" "r" {
    trigger = true
  }
  task "say" {
    run "exec" {
      path = "echo"
      args = ["hello"]
    }
  }
}
`,
).join('')}`;

async function untilAllBuilt({ database, output }: Installation): Promise<void> {
  for (let look = 0; look < 1_200; look++) {
    const [row] = await database.read("select count(*) from builds where status = 'succeeded'");
    if (row?.[0] === String(PIPELINES * JOBS)) return;
    await delay(100);
  }
  throw new Error(`not every job was built within two minutes\n${output()}`);
}

/** Of those that have their events and logs. */
async function idsOf({ database }: Installation, builds: number): Promise<Ids> {
  const rows = await database.read(
    `select id from builds where number % ${TOLD_EVERY} = 0 order by id desc limit 5000`,
  );
  return { perJob: builds / PIPELINES / JOBS, builds: rows.map(([id]) => id ?? '') };
}
