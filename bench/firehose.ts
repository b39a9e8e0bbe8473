import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { followLog } from './follow-log.ts';
import { forgetPeak, peakMb, residentMb } from './proc.ts';
import { timeCommand, type Workplace, workplace } from './program.ts';
import type { Installation } from './stacks.ts';
import type { StackSuite } from './suite.ts';

const LINES = 10_000_000;
const LINE_BYTES = 100;
const SECRETS = 20;
const MASK = '***';
/** What is printed, again and again: the lines of the block differ, and every hundredth has a secret in it. */
const BLOCK_LINES = 10_000;
const SECRET_EVERY = 100;
const TIMES = LINES / BLOCK_LINES;
/** A small one first: what a server and a worker need before they have done anything at all is not what much output costs. */
const PRINTS = { drop: 5, hose: TIMES } as const;
const LEAST_MB_PER_S = 100;
const MOST_MORE_MB = 100;

const secretOf = (n: number): string =>
  `s3cr3t-${createHash('sha256').update(`${n}`).digest('base64url').slice(0, 24)}`;
const numbers = Array.from({ length: SECRETS }, (_, n) => n);

const pipeline = (block: string): string => `
${numbers.map((n) => `variable "secret${n}" {\n  type      = string\n  sensitive = true\n}`).join('\n')}
${Object.entries(PRINTS)
  .map(
    ([job, times]) => `job "${job}" {
  task "print" {
    run "shell" {
      cmd = ": ${numbers.map((n) => `\${var.secret${n}}`).join(' ')}; exec cat $(yes ${block} | head -n ${times})"
    }
  }
}
`,
  )
  .join('')}`;

/** One step that prints a gigabyte: masked, stored, followed by one client. Nothing of it may be lost. */
export const firehose: StackSuite = {
  about: `${LINES / 1e6} M lines, ${(LINES * LINE_BYTES) / 1e9} GB, masked with ${SECRETS} secrets, stored, followed by one client`,
  async runOn(stack, { runs, say }) {
    using place = workplace();
    const block = writeBlock(place);
    const args = numbers.flatMap((n) => ['--var', `secret${n}=${secretOf(n)}`]);
    const [speed, followed, cat, memory]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let run = 0; run < runs; run++) {
      await using pikoci = await stack.install({ pipelines: { hose: pipeline(block.path) }, args });
      const one = await print(pikoci, block);
      speed.push(block.printedMb / one.builtS);
      followed.push(block.printedMb / one.followedS);
      memory.push(one.moreMb);
      const toFile = `cat $(yes ${block.path} | head -n ${TIMES}) | cat > copy`;
      cat.push(block.printedMb / ((await timeCommand('sh', ['-c', toFile], place)) / 1_000));
      say(`${speed.at(-1)?.toFixed(0)} MB/s, cat ${cat.at(-1)?.toFixed(0)} MB/s, ${one.moreMb.toFixed(0)} MB more`);
    }
    const figures: Figure[] = [
      {
        name: 'firehose: printed and stored',
        unit: 'MB/s',
        samples: speed,
        peer: { name: 'the same through cat > file', samples: cat },
        ...(stack.name === 'sqlite+mem' && { goal: { kind: 'least', value: LEAST_MB_PER_S } as const }),
      },
      { name: 'firehose: until its follower has the end', unit: 'MB/s', samples: followed },
      {
        name: 'firehose: peak memory over idle',
        unit: 'MB',
        samples: memory,
        goal: { kind: 'most', value: MOST_MORE_MB },
      },
    ];
    return figures;
  },
};

interface Block {
  readonly path: string;
  /** How much a build prints, and how long its log is. */
  readonly printedMb: number;
  readonly loggedBytes: number;
}

function writeBlock(place: Workplace): Block {
  let logged = 0;
  const lines = Array.from({ length: BLOCK_LINES }, (_, n) => {
    const secret = n % SECRET_EVERY === 0 ? secretOf((n / SECRET_EVERY) % SECRETS) : undefined;
    const text = `${String(n).padStart(7, '0')} [INFO] compiling src/room/module-${(n * 31) % 977}.ts ${secret ?? ''} `;
    logged += LINE_BYTES - (secret === undefined ? 0 : secret.length - MASK.length);
    return `${text.padEnd(LINE_BYTES - 1, 'abcdefghijklmnop qrstuvwxyz'.slice(n % 13))}\n`;
  }).join('');
  const path = join(place.path, 'block');
  writeFileSync(path, lines);
  return { path, printedMb: (lines.length * TIMES) / 1e6, loggedBytes: logged * TIMES };
}

interface Printed {
  /** From the start of the build to its end, as the server has it. */
  readonly builtS: number;
  /** From its trigger until the client that follows it knows that it is over. */
  readonly followedS: number;
  readonly moreMb: number;
}

async function print(pikoci: Installation, { loggedBytes }: Block): Promise<Printed> {
  const { client, output } = pikoci;
  const job = (name: keyof typeof PRINTS) => ({ team: 'main', pipeline: 'hose', job: name });
  await followLog(pikoci, (await client.call('triggerJob', { params: job('drop') })).id);
  const pids = [pikoci.serverPid(), pikoci.workerPid()];
  forgetPeak(pids);
  const before = residentMb(pids);
  const begun = performance.now();
  const { id } = await client.call('triggerJob', { params: job('hose') });
  const { bytes } = await followLog(pikoci, id);
  const followedS = (performance.now() - begun) / 1_000;
  const moreMb = peakMb(pids) - before;
  const { status, startedAt, endedAt, steps } = await client.call('getBuild', { params: { build: id } });
  if (status !== 'succeeded' || startedAt === null || endedAt === null) {
    throw new Error(`the build ${status}\n${output()}`);
  }
  if (bytes !== loggedBytes) throw new Error(`the client was told ${bytes} bytes of ${loggedBytes}`);
  const [step] = steps;
  const end = await pikoci.get(`/builds/${id}/log/${step?.id}?offset=${loggedBytes - LINE_BYTES}&length=${LINE_BYTES}`);
  const kept = await end.text();
  if (kept.length !== LINE_BYTES || !kept.endsWith('\n')) throw new Error(`the stored log ends with "${kept}"`);
  return { builtS: (endedAt - startedAt) / 1_000, followedS, moreMb };
}
