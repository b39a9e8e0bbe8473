import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { writeHistory } from './history.ts';
import { workplace } from './program.ts';
import type { Installation } from './stacks.ts';
import type { Stack, StackSuite } from './suite.ts';

interface Size {
  readonly jobs: number;
  readonly versions: number;
  readonly builds: number;
}

const SIZES: readonly Size[] = [
  { jobs: 10, versions: 100, builds: 100 },
  { jobs: 100, versions: 3_000, builds: 10_000 },
  { jobs: 1_000, versions: 100_000, builds: 1_000_000 },
];
/** Each resource is what a chain of so many jobs builds, one after the other. */
const CHAIN = 10;
const DECISIONS_PER_RUN = 10;
const MOST_MS = 5;
const SOON_MS = 10;

/** Of all versions ever, log n grows by this from the smallest size to the largest: log 1,000,000 / log 100. */
const MOST_GROWTH = Math.log(SIZES.at(-1)?.builds ?? 1) / Math.log(SIZES[0]?.builds ?? 1);

/** From a new version's being stored to its build's being stored, in a pipeline that is ever larger and older. */
export const scheduler: StackSuite = {
  about: 'the decision after a new version, with 10 to 1,000 jobs, 100 to 100,000 versions, 100 to 1 M builds',
  async runOn(stack, { runs, say }) {
    const figures: Figure[] = [];
    let smallest: readonly number[] | undefined;
    for (const size of SIZES) {
      const samples = await decisions(stack, size, runs, say);
      const name = `scheduler: ${amount(size.jobs)} jobs, ${amount(size.versions)} versions, ${amount(size.builds)} builds`;
      const largest = size === SIZES.at(-1);
      const goal = largest ? { goal: { kind: 'most', value: MOST_MS } as const } : {};
      figures.push({ name, unit: 'ms', samples, ...goal });
      if (largest && smallest !== undefined) {
        figures.push({
          name: 'scheduler: growth',
          unit: 'ms',
          samples,
          peer: { name: 'the smallest size', samples: smallest },
          goal: { kind: 'ratio', most: MOST_GROWTH },
        });
      }
      smallest ??= samples;
    }
    return figures;
  },
};

const amount = (count: number): string => count.toLocaleString('en');

async function decisions(stack: Stack, size: Size, runs: number, say: (text: string) => void): Promise<number[]> {
  using place = workplace();
  const found = join(place.path, 'found');
  place.write('found', '[{"ref": "1"}]');
  await using pikoci = await stack.install({ pipelines: { chains: pipeline(size.jobs, found) }, slots: 8 });
  await untilAllBuilt(pikoci, size.jobs);
  // What follows in the chain would run meanwhile.
  await pikoci.client.call('pauseJob', { params: { team: 'main', pipeline: 'chains', job: 'job-1' }, body: {} });
  await pikoci.stopServer();
  const begun = performance.now();
  await writeHistory(pikoci.database, {
    copies: size.builds / size.jobs - 1,
    versions: (size.versions * CHAIN) / size.jobs - 1,
  });
  say(`${amount(size.builds)} builds written in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  await pikoci.startServer();
  const before = size.builds / size.jobs;
  const samples: number[] = [];
  // The first run is to warm up.
  for (let run = 0; run <= runs; run++) {
    for (let n = 0; n < DECISIONS_PER_RUN; n++) {
      const number = before + run * DECISIONS_PER_RUN + n + 1;
      place.write('found', `[{"ref": "${number}"}]`);
      const params = { team: 'main', pipeline: 'chains' };
      await pikoci.client.call('checkResource', { params: { ...params, address: 'found.r0' } });
      await untilBuilt(pikoci, 'job-0', number);
    }
  }
  const rows = await pikoci.database.read(
    `select b.number, b.created_at - v.first_seen_at from builds b join jobs j on j.id = b.job_id
     join build_versions bv on bv.build_id = b.id join versions v on v.id = bv.version_id
     where j.name = 'job-0' and b.number > ${before + DECISIONS_PER_RUN} order by b.number`,
  );
  const each = rows.map(([, ms]) => Number(ms));
  // Instants are whole milliseconds: only several together say more.
  for (let at = 0; at < each.length; at += DECISIONS_PER_RUN) {
    const part = each.slice(at, at + DECISIONS_PER_RUN);
    samples.push(part.reduce((sum, ms) => sum + ms, 0) / part.length);
  }
  say(`a decision takes ${(each.reduce((sum, ms) => sum + ms, 0) / each.length).toFixed(1)} ms`);
  return samples;
}

function pipeline(jobs: number, found: string): string {
  const type = `resource_type "found" {
  params = ["n"]
  check "exec" {
    path = "cat"
    args = ["${found}"]
  }
  pull "exec" { path = "true" }
}
`;
  const chains = Array.from({ length: jobs / CHAIN }, (_, n) => n);
  const resources = chains.map(
    (n) => `resource "found" "r${n}" {\n  check_interval = "@every 24h"\n  params { n = "${n}" }\n}\n`,
  );
  const texts = Array.from({ length: jobs }, (_, n) => {
    const passed = n % CHAIN === 0 ? '' : `    passed  = ["job-${n - 1}"]\n`;
    return `job "job-${n}" {\n  get "found" "r${Math.floor(n / CHAIN)}" {\n    trigger = true\n${passed}  }\n}\n`;
  });
  return [type, ...resources, ...texts].join('');
}

async function untilAllBuilt({ database, output }: Installation, jobs: number): Promise<void> {
  const ended = "select count(*) from builds where status = 'succeeded'";
  for (let look = 0; look < 600; look++) {
    const [row] = await database.read(ended);
    if (row?.[0] === String(jobs)) return;
    await delay(200);
  }
  throw new Error(`not every job was built within two minutes\n${output()}`);
}

async function untilBuilt({ client, output }: Installation, job: string, number: number): Promise<void> {
  const params = { team: 'main', pipeline: 'chains', job };
  for (let look = 0; look < 2_000; look++) {
    const { items } = await client.call('listJobBuilds', { params, query: { limit: 1 } });
    const [build] = items;
    if (build?.number === number && build.endedAt !== null) return;
    await delay(SOON_MS);
  }
  throw new Error(`${job} was not built for the ${number}th time\n${output()}`);
}
