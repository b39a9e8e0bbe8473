import { expect, test } from 'bun:test';
import { evaluate } from './evaluate.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { parseConfig, parseExpression, parseTemplate } from './parse.ts';
import { randomNumbers } from './random-expression-fixture.ts';
import { renderDiagnostics } from './render-diagnostic.ts';
import { specCases } from './spec/cases.fixture.ts';
import type { Body } from './syntax.ts';

const SNIPPETS = [
  '"',
  '${',
  '%{',
  '}',
  '{',
  '[',
  ']',
  '(',
  ')',
  '\n',
  '=',
  ',',
  '.',
  '<<EOT\n',
  'EOT\n',
  '~',
  '...',
  '?',
  ':',
  '*',
  'for',
  'in',
  'if',
  'endif',
  '/*',
  '#',
  '\\',
  'é',
  '\ud83d',
  '\0',
  '\r',
  '=>',
  '-',
  '!',
  'null',
  '1e9',
  "'",
];

const pieces = specCases().map(({ source, isBody }) => (isBody ? source : `x = ${source}\n`));

function mutate(text: string, random: (below: number) => number): string {
  let mutated = text;
  for (let times = 1 + random(4); times > 0; times -= 1) {
    const at = random(mutated.length + 1);
    const length = random(6);
    const insert = random(3) === 0 ? '' : (SNIPPETS[random(SNIPPETS.length)] ?? '');
    mutated = mutated.slice(0, at) + insert + mutated.slice(random(2) === 0 ? at : at + length);
  }
  return mutated;
}

const scope = { variables: new Map(), functions: standardFunctions({ clock: { now: () => 0 } }) };

function evaluateAll(body: Body): number {
  let mistakes = 0;
  for (const item of body.items) {
    mistakes += item.kind === 'block' ? evaluateAll(item.body) : evaluate(item.expression, scope).diagnostics.length;
  }
  return mistakes;
}

test('nothing throws on mutated text, and a mistake can always be shown', () => {
  const random = randomNumbers(20_261_122);
  for (let round = 0; round < 1500; round += 1) {
    const block = `job "x" {\n  ${pieces[random(pieces.length)]}}\n${pieces[random(pieces.length)]}`;
    const text = mutate(block, random);
    const { body, diagnostics } = parseConfig(text, 'p.hcl');
    evaluateAll(body);
    const shown = renderDiagnostics(diagnostics, new Map([['p.hcl', text]]), { color: false });
    expect(shown === '').toBe(diagnostics.length === 0);
    for (const { subject } of diagnostics) {
      expect(subject && subject.start.byte <= subject.end.byte).toBe(true);
    }
    const { expression } = parseTemplate(text, 'p.tpl');
    evaluate(expression, scope);
    evaluate(parseExpression(text, 'p').expression, scope);
  }
}, 60_000);

/** Between eight (linear) and sixty-four (quadratic). */
const FAIR = 32;

/**
 * How much longer eight times the text takes: eight times if time grows with the length, sixty-four with its square. Less than
 * five milliseconds count as five, because the clock says nothing about less. It is our own time that counts, not how long others kept us waiting.
 */
function growth(make: (count: number) => string): number {
  const time = (text: string): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 2; round += 1) {
      const start = process.cpuUsage();
      const { body, diagnostics } = parseConfig(text, 'p.hcl');
      renderDiagnostics(diagnostics.slice(-20), new Map([['p.hcl', text]]), { color: false });
      evaluateAll(body);
      const { user, system } = process.cpuUsage(start);
      best = Math.min(best, (user + system) / 1_000);
    }
    return best;
  };
  const size = 1000;
  let least = Number.POSITIVE_INFINITY;
  // A busy machine makes one measurement worthless, but not five.
  for (let attempt = 0; attempt < 5 && least >= FAIR; attempt += 1) {
    least = Math.min(least, time(make(size * 8)) / Math.max(time(make(size)), 5));
  }
  return least;
}

const PATHOLOGICAL: Readonly<Record<string, (count: number) => string>> = {
  'open brackets': (count) => 'a = [\n'.repeat(count),
  'open brackets on one line': (count) => `a = ${'['.repeat(count)}`,
  'open strings': (count) => 'a = "\n'.repeat(count),
  'open interpolations': (count) => 'a = "${\n'.repeat(count),
  'open heredocs': (count) => 'a = <<EOT\n'.repeat(count),
  'misopened heredocs': (count) => 'a = << EOT\n'.repeat(count),
  'open comments': (count) => '/*'.repeat(count),
  'open blocks': (count) => 'a {\n'.repeat(count),
  'closing braces': (count) => '}'.repeat(count),
  'closing braces on lines': (count) => '  }\n'.repeat(count),
  'one long line of objects': (count) => `a = [${'{},'.repeat(count)}]`,
  'one long line of wide characters': (count) => `a = "${'é'.repeat(count)}" ${'é '.repeat(count)}`,
  'a long sum': (count) => `a = 1${' + 1'.repeat(count)}\n`,
  'a long conjunction': (count) => `a = true${' && true'.repeat(count)}\n`,
  'a long traversal': (count) => `a = x${'.y'.repeat(count)}\n`,
  'a long chain of indexes': (count) => `a = x${'[y]'.repeat(count)}\n`,
  'many interpolations': (count) => `a = "${'${1}'.repeat(count)}"\n`,
  'many directives': (count) => `a = "${'%{ if true }'.repeat(count)}"\n`,
  'a long list of mistakes': (count) => `a = 1 2\n`.repeat(count),
  'a long list of names': (count) => Array.from({ length: count }, (_, at) => `a${at} = b${at}\n`).join(''),
  'a long body with one attribute again and again': (count) => 'a = 1\n'.repeat(count),
  backslashes: (count) => `a = "${'\\q'.repeat(count)}"\n`,
  'minus signs': (count) => `a = ${'-'.repeat(count)}1\n`,
  dollars: (count) => `a = "${'$'.repeat(count)}"\n`,
  'a nested object with every key at the left': (count) => `a = {\n${'b = 1\n'.repeat(count)}`,
};

for (const [name, make] of Object.entries(PATHOLOGICAL)) {
  test(`time grows with the length of the text: ${name}`, () => expect(growth(make)).toBeLessThan(FAIR), 60_000);
}
