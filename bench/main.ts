/**
 * `npm run bench [-- NAME...] [--runs N]`: measures the built executable and prints one table. Each figure stands beside the limit or the peer that was
 * measured in the same run; only ratios travel from machine to machine. Raw samples go to `bench/results/`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from '../src/lib/nearest.ts';
import { type Figure, judge } from './figure.ts';
import { firstLog } from './first-log.ts';
import { idle } from './idle.ts';
import { masking } from './masking.ts';
import { parse } from './parse.ts';
import { requireProgram } from './program.ts';
import { queue } from './queue.ts';
import { start } from './start.ts';
import { steps } from './steps.ts';
import type { Suite } from './suite.ts';
import { renderTable } from './table.ts';

const suites: Readonly<Record<string, Suite>> = { start, 'first-log': firstLog, steps, parse, masking, queue, idle };

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Fewer would not tell a figure from an accident. */
const FEWEST_RUNS = 5;

function readArguments(): { readonly names: readonly string[]; readonly runs: number } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: `${FEWEST_RUNS}` } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < FEWEST_RUNS)
    throw new Error(`--runs is a whole number, at least ${FEWEST_RUNS}`);
  const unknown = positionals.find((name) => !(name in suites));
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(suites));
    throw new Error(
      `there is no benchmark ${unknown}${near === undefined ? '' : `; did you mean ${near}?`} (there are ${Object.keys(suites).join(', ')})`,
    );
  }
  return { names: positionals.length > 0 ? positionals : Object.keys(suites), runs };
}

async function measure(names: readonly string[], runs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of names) {
    const suite = suites[name];
    if (!suite) continue;
    say(`${name}: ${suite.about}`);
    figures.push(...(await suite.run({ runs, say: (text) => say(`  ${text}`) })));
  }
  return figures;
}

function keep(figures: readonly Figure[]): string {
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const at = new Date().toISOString();
  const file = join(directory, `${at.replaceAll(/[:.]/g, '-')}.json`);
  const machine = {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  const results = figures.map((figure) => ({ ...figure, ...judge(figure) }));
  writeFileSync(file, `${JSON.stringify({ at, machine, results }, null, 2)}\n`);
  return file;
}

try {
  const { names, runs } = readArguments();
  requireProgram();
  const figures = await measure(names, runs);
  process.stdout.write(`\n${renderTable(figures)}\n`);
  say(`\nraw samples: ${keep(figures)}`);
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
