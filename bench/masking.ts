import { createMasker } from '../src/worker/masking/masker.ts';
import type { Figure } from './figure.ts';
import { type Random, randomFrom } from './random.ts';
import type { Suite } from './suite.ts';

const SECRETS = 10_000;
const FEW = 20;
const CHUNK_BYTES = 65_536;
const BYTES_PER_RUN = 64_000_000;
const LEAST_MB_PER_S = 100;

/**
 * What takes secrets out of a log, by the processor's time: with ten thousand secrets, and with twenty as a build has them. Once over lines as
 * compilers write them, and once over noise, in which nothing comes twice and no cache helps.
 */
export const masking: Suite = {
  about: `the masking of ${SECRETS.toLocaleString('en')} secrets in logs`,
  async run({ runs, say }) {
    const next = randomFrom(42);
    const texts = { 'log lines': logLines(next), noise: noise(next) };
    const figures: Figure[] = [];
    for (const count of [SECRETS, FEW]) {
      const masker = createMasker(Array.from({ length: count }, (_, n) => secret(next, n)));
      const begun = process.cpuUsage();
      masker.push(Buffer.from('-'));
      masker.flush();
      say(`the index of ${count} secrets: ${cpuMsSince(begun).toFixed(0)} ms`);
      for (const [name, text] of Object.entries(texts)) {
        const samples = Array.from({ length: runs }, () => megabytesPerSecond(masker, text));
        figures.push({
          name: `masking, ${count.toLocaleString('en')} secrets, ${name}`,
          unit: 'MB/s',
          samples,
          goal: { kind: 'least', value: LEAST_MB_PER_S },
        });
      }
    }
    return figures;
  },
};

function megabytesPerSecond(masker: ReturnType<typeof createMasker>, text: Buffer): number {
  const begun = process.cpuUsage();
  let bytes = 0;
  while (bytes < BYTES_PER_RUN) {
    for (let at = 0; at < text.length; at += CHUNK_BYTES) masker.push(text.subarray(at, at + CHUNK_BYTES));
    bytes += text.length;
  }
  masker.flush();
  return bytes / 1_000 / cpuMsSince(begun);
}

function cpuMsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const word = (next: Random, length: number): string =>
  Array.from({ length }, () => LETTERS[next(LETTERS.length)]).join('');

function secret(next: Random, n: number): string {
  if (n % 10 === 0) return `p@ss ${word(next, 12)}!`;
  return n % 10 === 1 ? `https://user:${word(next, 16)}@host.example` : word(next, 16 + next(32));
}

const WORDS =
  'compiling error: warning GET /api/v1/things 200 ok src/main.rs running passed in 0.03s [INFO] sha256:'.split(' ');

function logLines(next: Random): Buffer {
  const lines = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 4 + next(10) }, () => WORDS[next(WORDS.length)] ?? word(next, 8)).join(' '),
  );
  return Buffer.from(lines.join('\n'));
}

function noise(next: Random): Buffer {
  const text = Buffer.from(Array.from({ length: 6_000_000 }, () => next(256))).toString('base64');
  return Buffer.from(text.replace(/.{76}/g, '$&\n'));
}
