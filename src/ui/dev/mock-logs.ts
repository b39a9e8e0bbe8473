import { random } from './mock-world.ts';

const E = '\u001b';
const WORDS = [
  'accounts',
  'billing',
  'cart',
  'checkout',
  'discounts',
  'inventory',
  'mail',
  'orders',
  'prices',
  'search',
  'session',
  'tax',
];

const word = (next: () => number): string => WORDS[Math.floor(next() * WORDS.length)] ?? '';

/** A line of a test run, as a test runner colours it. */
export function testLine(next: () => number): string {
  const file = `${word(next)}/${word(next)}.test.ts`;
  return `${E}[32m✓${E}[39m ${E}[2m${file} >${E}[22m ${word(next)} keeps the ${word(next)} of a ${word(next)} ${E}[33m${Math.floor(next() * 90)}${E}[2mms${E}[22m${E}[39m`;
}

const installLog = (): string =>
  [
    `${E}[1mnpm${E}[22m ci`,
    ...Array.from(
      { length: 30 },
      (_, i) => `\r${E}[2K[${'#'.repeat(i)}${'.'.repeat(30 - i)}] ${Math.round((i / 30) * 100)}% reify`,
    )
      .join('')
      .concat(`\r${E}[2Kadded 612 packages, and audited 613 packages in 9s`)
      .split('\n'),
    '',
    '98 packages are looking for funding',
    '  run `npm fund` for details',
    'found 0 vulnerabilities, see https://docs.npmjs.com/cli/v11/commands/npm-audit.',
    '',
  ].join('\n');

const palette = (): string => {
  const blocks = (from: number, to: number) =>
    `${Array.from({ length: to - from }, (_, i) => `${E}[48;5;${from + i}m  `).join('')}${E}[0m`;
  const ramp = Array.from(
    { length: 60 },
    (_, i) => `${E}[48;2;${Math.round(i * 4.25)};${Math.round(255 - i * 4.25)};160m `,
  ).join('');
  return `16: ${blocks(0, 16)}\n256: ${blocks(16, 52)}\n256: ${blocks(196, 232)}\ngrey: ${blocks(232, 256)}\ntrue: ${ramp}${E}[0m\n${E}[1mbold${E}[22m ${E}[2mdim${E}[22m ${E}[3mitalic${E}[23m ${E}[4munderline${E}[24m ${E}[9mstrike${E}[29m ${E}[7minverse${E}[27m ${[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `${E}[3${n}mcolour${n}${E}[9${n}mbright${n}`).join(' ')}${E}[0m\n`;
};

export const failure = (): string =>
  [
    '',
    `${E}[31m⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯${E}[39m`,
    '',
    `${E}[41m${E}[1m FAIL ${E}[22m${E}[49m checkout/discounts.test.ts > a voucher is used only once`,
    `${E}[31mAssertionError: expected 2 to be 1 // Object.is equality${E}[39m`,
    '',
    `${E}[32m- Expected${E}[39m`,
    `${E}[31m+ Received${E}[39m`,
    '',
    `${E}[32m- 1${E}[39m`,
    `${E}[31m+ 2${E}[39m`,
    '',
    ` ${E}[36m❯ checkout/discounts.test.ts:${E}[2m48:27${E}[22m${E}[39m`,
    `     46|     await ${E}[34mredeem${E}[39m(voucher, order);`,
    `     47|     await ${E}[34mredeem${E}[39m(voucher, order);`,
    `     48|     ${E}[34mexpect${E}[39m(uses(voucher)).${E}[34mtoBe${E}[39m(${E}[33m1${E}[39m);`,
    `       |                           ${E}[31m^${E}[39m`,
    '',
    `${E}[2m Test Files ${E}[22m ${E}[31m1 failed${E}[39m | ${E}[32m86 passed${E}[39m (87)`,
    `${E}[2m      Tests ${E}[22m ${E}[31m1 failed${E}[39m | ${E}[32m1204 passed${E}[39m (1205)`,
    '',
  ].join('\n');

/** The log of a step as far as it was written; `lines` of it for the long one. */
export function logOf(step: string, seed: number, lines: number, failed: boolean): string {
  const next = random(seed);
  switch (step) {
    case '1':
    case '2':
      return `Cloning into 'app'...\nremote: Enumerating objects: 4182, done.\nremote: Counting objects:  25% (12/48)\rremote: Counting objects:  75% (36/48)\rremote: Counting objects: 100% (48/48), done.\nNote: switching to '9d1f0c2'.\n\nHEAD is now at 9d1f0c2 Keep the session when a token is renewed\n`;
    case '3.1':
      return installLog();
    case '3.2':
      return `generating 14 files\n${palette()}done\n`;
    case '4':
      return `${E}[1m RUN ${E}[22m v4.0.1 /workdir/app\n\n${Array.from({ length: lines }, () => testLine(next)).join('\n')}\n${failed ? failure() : `\n${E}[2m Test Files ${E}[22m ${E}[32m87 passed${E}[39m (87)\n`}`;
    case 'service:postgresql:start':
      return 'PostgreSQL init process complete; ready for start up.\nlistening on IPv4 address "0.0.0.0", port 5432\n';
    case '4.on_failure.1':
      return 'a screenshots/voucher-twice.png\n';
    default:
      return '';
  }
}
