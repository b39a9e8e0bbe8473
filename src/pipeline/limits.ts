/** How much a command may take: what `memory`, `cpus` and `pids` of a runner say. */
import type { Json } from '../lib/json.ts';

export const LIMIT_NAMES = ['memory', 'cpus', 'pids'] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

export const isLimitName = (name: string): name is LimitName => LIMIT_NAMES.some((known) => known === name);

/** What is wrong with a limit, and how it is written. */
export class BadLimit {
  readonly problem: string;
  readonly advice: string;

  constructor(problem: string, advice: string) {
    this.problem = problem;
    this.advice = advice;
  }
}

/** As docker reads them: `m`, `MB` and `MiB` are all 1024 times 1024 bytes. */
const SIZE = /^(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?$/i;
const UNITS = ['', 'k', 'm', 'g', 't'];
const LEAST_MEMORY = 1_048_576;
const LEAST_CPUS = 0.01;
const NO_LIMIT = 'Without a limit it is left out, or null.';

/** Bytes, processors or processes. A null is no limit and not asked about. */
export function readLimit(name: LimitName, value: Json): number | BadLimit {
  switch (name) {
    case 'memory':
      return readMemory(value);
    case 'cpus': {
      const cpus = numberOf(value);
      if (cpus !== undefined && cpus >= LEAST_CPUS) return cpus;
      const advice = `Write how many processors it may take, ${LEAST_CPUS} or more: cpus = 1.5. ${NO_LIMIT}`;
      return new BadLimit(`${JSON.stringify(value)} is not a number of processors`, advice);
    }
    case 'pids': {
      const pids = numberOf(value);
      if (pids !== undefined && Number.isSafeInteger(pids) && pids >= 1) return pids;
      const advice = `Write how many processes it may have, a whole number from 1: pids = 200. ${NO_LIMIT}`;
      return new BadLimit(`${JSON.stringify(value)} is not a number of processes`, advice);
    }
  }
}

function readMemory(value: Json): number | BadLimit {
  const advice = `Write how much it may take, with a unit: memory = "512MB". ${NO_LIMIT}`;
  const [, digits, unit] = (typeof value === 'string' && SIZE.exec(value.trim())) || [];
  const plain = typeof value === 'number' ? value : Number(digits ?? Number.NaN);
  if (!(plain > 0)) return new BadLimit(`${JSON.stringify(value)} is not an amount of memory`, advice);
  const bytes = Math.floor(plain * 1024 ** UNITS.indexOf((unit ?? '').toLowerCase()));
  if (bytes >= LEAST_MEMORY && Number.isSafeInteger(bytes)) return bytes;
  const problem =
    bytes < LEAST_MEMORY ? 'is less than a megabyte, with which no program starts' : 'is too much to count';
  return new BadLimit(`${JSON.stringify(value)} ${problem}`, advice);
}

function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : undefined;
}
