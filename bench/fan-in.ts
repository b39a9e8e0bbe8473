import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { workplace } from './program.ts';
import type { Installation } from './stacks.ts';
import type { StackSuite } from './suite.ts';

const STEPS = 8;
const CLIENTS = 50;
const MB_PER_S = 5;
const SETTLE_MS = 2_000;
const WATCH_MS = 4_000;
const LOOK_MS = 20;
const MOST_MS = 500;

/** Every 20 ms a fiftieth of the megabytes of a second, whose last line says when it was written. */
const PRINTER = `use Time::HiRes qw(time sleep);
$| = 1;
my $filler = ("x" x 99 . "\\n") x ${(MB_PER_S * 1e6) / 50 / 100 - 1};
my $next = time;
for (1 .. ${((SETTLE_MS + WATCH_MS) / 1_000 + 4) * 50}) {
  print $filler, sprintf("T=%d;\\n", time * 1000);
  $next += 0.02;
  my $pause = $next - time;
  sleep($pause) if $pause > 0;
}
`;

/** How old the last line is that a client has, while much is printed and many look. */
export const fanIn: StackSuite = {
  about: `${STEPS} builds printing ${MB_PER_S} MB/s each, ${CLIENTS} clients each following one of them`,
  async runOn(stack, { runs, say }) {
    using place = workplace();
    place.write('printer.pl', PRINTER);
    const command = `exec perl ${join(place.path, 'printer.pl')}`;
    const text = `job "print" {\n  task "lines" {\n    run "shell" {\n      cmd = "${command}"\n    }\n  }\n}\n`;
    const [oldest, median]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      await using pikoci = await stack.install({ pipelines: { print: text }, slots: STEPS });
      const ages = await watch(pikoci);
      ages.sort((a, b) => a - b);
      oldest.push(ages.at(-1) ?? Number.POSITIVE_INFINITY);
      median.push(ages[Math.floor(ages.length / 2)] ?? Number.POSITIVE_INFINITY);
      say(`the oldest last line ${oldest.at(-1)?.toFixed(0)} ms, the median ${median.at(-1)?.toFixed(0)} ms`);
    }
    const figures: Figure[] = [
      { name: 'fan-in: oldest last line', unit: 'ms', samples: oldest, goal: { kind: 'most', value: MOST_MS } },
      { name: 'fan-in: age of a last line', unit: 'ms', samples: median },
    ];
    return figures;
  },
};

/** The ages of the last lines of all clients, looked at again and again. */
async function watch({ client, get, output }: Installation): Promise<number[]> {
  const params = { team: 'main', pipeline: 'print', job: 'print' };
  const builds = await Promise.all(Array.from({ length: STEPS }, () => client.call('triggerJob', { params })));
  const gone = new AbortController();
  const lastLines = Array.from({ length: CLIENTS }, () => 0);
  const followers = lastLines.map(async (_, n) => {
    const response = await get(`/builds/${builds[n % STEPS]?.id}/events?behind=tail`, gone.signal);
    for await (const chunk of response.body ?? []) {
      // Only the last one counts, so nothing else of it is read: fifty readers must not cost more than what they read from.
      const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const at = text.lastIndexOf('T=');
      const [, time] = at < 0 ? [] : (/^T=(\d{13});/.exec(text.subarray(at, at + 20).toString('latin1')) ?? []);
      if (time !== undefined) lastLines[n] = Number(time);
    }
  });
  const over = Promise.all(followers).catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
  const ages: number[] = [];
  await delay(SETTLE_MS);
  const until = performance.now() + WATCH_MS;
  while (performance.now() < until) {
    await Promise.race([delay(LOOK_MS), over.then(() => Promise.reject(new Error(`a stream ended\n${output()}`)))]);
    const now = Date.now();
    ages.push(...lastLines.map((line) => now - line));
  }
  gone.abort();
  await over;
  return ages;
}
