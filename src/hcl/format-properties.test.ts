import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatConfig } from './format.ts';
import { parseConfig } from './parse.ts';
import { specCases } from './spec/cases.fixture.ts';
import { tokenize } from './tokenize.ts';

/** A small generator with a seed, so that what fails once fails again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The tree without its places. */
const meaning = (text: string): string =>
  JSON.stringify(parseConfig(text, 'p.hcl').body, (key, value: unknown) => {
    if (/range$/i.test(key)) return undefined;
    return value instanceof Map ? [...value] : value;
  });

const comments = (text: string): readonly string[] =>
  tokenize(text)
    .filter(({ kind }) => kind === 'line-comment' || kind === 'block-comment')
    .map(({ from, to }) => text.slice(from, to).trimEnd());

/** Formats it and holds the result against the text. False: it has mistakes, and nothing was to be seen. */
function hold(text: string): boolean {
  const once = formatConfig(text, 'p.hcl');
  if (once.kind === 'mistakes') return false;
  expect(meaning(once.text)).toBe(meaning(text));
  expect(comments(once.text)).toEqual(comments(text.replace(/^\ufeff/, '')));
  expect(formatConfig(once.text, 'p.hcl')).toEqual(once);
  return true;
}

const root = resolve(import.meta.dir, '../..');
const filesUnder = (directory: string, ending: string): readonly string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(root, directory, name), 'utf8'));

const pipelines = ['builtins', 'test/pipelines'].flatMap((directory) => filesUnder(directory, '.hcl'));
const snippets = [readFileSync(join(root, 'README.md'), 'utf8'), ...filesUnder('docs', '.md')].flatMap((page) =>
  [...page.matchAll(/^```hcl(?: fragment)?\n([\s\S]*?)^```/gm)].map(([, code = '']) => code),
);
const expressions = specCases().map(({ source, isBody }) => (isBody ? source : `x = ${source}\n`));

test('pipelines, examples and expressions keep their meaning and their comments', () => {
  const nested = expressions.map((text, at) => `job "a"{\n${text}\n y=${at} # c\n}\n`);
  const formatted = [...pipelines, ...snippets, ...expressions, ...nested].filter(hold).length;
  expect(formatted).toBeGreaterThan(1000);
});

/** The same tokens with other spaces, newlines and comments between them, most of the time with the same meaning. */
function respaced(text: string, random: (below: number) => number): string {
  let out = '';
  let end = 0;
  let heredoc = false;
  for (const { kind, from, to } of tokenize(text)) {
    const gap = text.slice(end, from);
    end = to;
    const spaces = ['', ' ', '   ', '\t', '/* c */ ', '/* c\n   d */', gap, gap, gap, gap][random(10)] ?? gap;
    const isText = heredoc || kind === 'text' || kind === 'quote-close' || kind === 'heredoc-close';
    out += (isText ? gap : spaces) + text.slice(from, to);
    heredoc = kind === 'heredoc-open' || (heredoc && kind !== 'heredoc-close');
    if (!heredoc && [',', '{', '[', '(', 'newline'].includes(kind)) {
      out += ['\n', ' # x\n', '\n\n\n', '\r\n', ...Array<string>(20).fill('')][random(24)] ?? '';
    }
  }
  return out;
}

test('however a text is spaced, it keeps its meaning and its comments', () => {
  const random = randomNumbers(20_261_125);
  const texts = [...pipelines, ...expressions];
  let formatted = 0;
  for (let round = 0; round < 4000; round += 1) {
    if (hold(respaced(texts[random(texts.length)] ?? '', random))) formatted += 1;
  }
  expect(formatted).toBeGreaterThan(2000);
}, 60_000);

test('whatever is cut from a text or put into it, the formatter answers', () => {
  const random = randomNumbers(7);
  const pieces = [
    '"',
    '${',
    '}',
    '{',
    '[',
    '(',
    ')',
    '\n',
    '=',
    '<<EOT\n',
    'EOT\n',
    '/*',
    '*/',
    '#',
    '\r',
    '\ud83d',
    '~}',
    '\ufeff',
  ];
  const texts = pipelines;
  let formatted = 0;
  for (let round = 0; round < 1500; round += 1) {
    let text = texts[random(texts.length)] ?? '';
    for (let times = random(3); times >= 0; times -= 1) {
      const at = random(text.length);
      text = text.slice(0, at) + (pieces[random(pieces.length)] ?? '') + text.slice(at + random(4));
    }
    if (hold(text)) formatted += 1;
  }
  expect(formatted).toBeGreaterThan(100);
}, 60_000);

test('the built-in types are formatted', () => {
  const builtins = filesUnder('builtins', '.hcl');
  expect(builtins.length).toBeGreaterThan(5);
  for (const text of builtins) expect(formatConfig(text, 'p.hcl')).toEqual({ kind: 'formatted', text });
});
