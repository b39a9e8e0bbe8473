/**
 * `npm run bench [-- NAME...] [--stack S]... [--runs N] [--markdown FILE]`: measures the built executable and prints one table. Each figure stands beside
 * the limit or the peer that was measured in the same run; only ratios travel from machine to machine. Raw samples go to `bench/results/`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from '../src/lib/nearest.ts';
import { api } from './api.ts';
import { fanIn } from './fan-in.ts';
import { type Figure, judge } from './figure.ts';
import { firehose } from './firehose.ts';
import { firstLog } from './first-log.ts';
import { idle } from './idle.ts';
import { masking } from './masking.ts';
import { parse } from './parse.ts';
import { requireProgram } from './program.ts';
import { queue } from './queue.ts';
import { recover } from './recover.ts';
import { scheduler } from './scheduler.ts';
import { createBacking, STACK_NAMES, type StackName, whyNot } from './stacks.ts';
import { start } from './start.ts';
import { steps } from './steps.ts';
import type { StackSuite, Suite } from './suite.ts';
import { renderTable } from './table.ts';
import { throughput } from './throughput.ts';
import { webhooks } from './webhooks.ts';

const suites: Readonly<Record<string, Suite | StackSuite>> = {
  ...{ start, 'first-log': firstLog, throughput, steps, firehose, 'fan-in': fanIn, parse, masking },
  ...{ queue, recover, idle, scheduler, api, webhooks },
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Fewer would not tell a figure from an accident. */
const FEWEST_RUNS = 5;

interface Request {
  readonly names: readonly string[];
  readonly stacks: readonly StackName[];
  readonly runs: number;
  readonly markdown: string | undefined;
}

function readArguments(): Request {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: `${FEWEST_RUNS}` },
      stack: { type: 'string', multiple: true },
      markdown: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < FEWEST_RUNS)
    throw new Error(`--runs is a whole number, at least ${FEWEST_RUNS}`);
  const known = Object.keys(suites);
  for (const name of positionals) mustBe('benchmark', name, known);
  for (const name of values.stack ?? []) mustBe('stack', name, STACK_NAMES);
  return {
    names: positionals.length > 0 ? positionals : known,
    stacks: STACK_NAMES.filter((name) => values.stack?.includes(name) ?? true),
    runs,
    markdown: values.markdown,
  };
}

function mustBe(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  throw new Error(
    `there is no ${what} ${name}${near === undefined ? '' : `; did you mean ${near}?`} (there are ${known.join(', ')})`,
  );
}

async function measure({ names, stacks, runs }: Request): Promise<Figure[]> {
  await using backing = createBacking();
  const figures: Figure[] = [];
  const options = { runs, say: (text: string) => say(`  ${text}`) };
  const begun = performance.now();
  for (const name of names) {
    const suite = suites[name];
    if (suite === undefined) continue;
    const told = (on: string) => say(`${clock(performance.now() - begun)} ${name}${on}: ${suite.about}`);
    if ('run' in suite) {
      told('');
      await apart(async () => void figures.push(...(await suite.run(options))));
      continue;
    }
    for (const stack of stacks) {
      told(` on ${stack}`);
      const missing = whyNot(stack);
      if (missing !== undefined) {
        options.say(`left out: ${missing}`);
        continue;
      }
      await apart(async () => {
        const found = await suite.runOn({ name: stack, install: (more) => backing.install(stack, more) }, options);
        figures.push(...found.map((figure) => ({ ...figure, name: `${figure.name}, ${stack}` })));
      });
    }
  }
  say(`${clock(performance.now() - begun)} done`);
  return figures;
}

/** One benchmark that fails is told of, and the others go on. */
async function apart(measuring: () => Promise<void>): Promise<void> {
  try {
    await measuring();
  } catch (error) {
    say(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
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
  const request = readArguments();
  requireProgram();
  const figures = await measure(request);
  const table = renderTable(figures);
  process.stdout.write(`\n${table}\n`);
  say(`\nraw samples: ${keep(figures)}`);
  if (request.markdown !== undefined) writeFileSync(request.markdown, `${table}\n`);
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
