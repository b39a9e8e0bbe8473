/** What `pikoci import` writes is a pipeline, and nothing of the file it came from is lost. */
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPair, isSeq, type Pair, parseDocument, visit } from 'yaml';
import { builtins } from '../builtins/catalogue.ts';
import { convert, type ImportResult } from '../cli/import/convert.ts';
import { concourse } from '../cli/import/examples/concourse.fixture.ts';
import type { Expected } from '../cli/import/examples/expected.fixture.ts';
import { githubActions } from '../cli/import/examples/github-actions.fixture.ts';
import { gitlab } from '../cli/import/examples/gitlab.fixture.ts';
import { filesBeside } from '../cli/import/files-beside.ts';
import type { Kind } from '../cli/import/recognize.ts';
import type { FindMistakes } from '../cli/import/settle.ts';
import { summaryText } from '../cli/import/summary.ts';
import { formatConfig } from '../hcl/format.ts';
import { CodedError } from '../lib/coded-error.ts';
import { loadPipeline } from '../pipeline/load.ts';

const EXAMPLES = join(import.meta.dirname, '../cli/import/examples');
const KINDS: Readonly<Record<Kind, Readonly<Record<string, Expected>>>> = {
  concourse,
  'github-actions': githubActions,
  gitlab,
};
const examples = Object.entries(KINDS).flatMap(([kind, expected]) =>
  Object.entries(expected).map(([name, wanted]) => [kind as Kind, name, wanted] as const),
);

async function load(text: string) {
  const sources = { fetch: () => Promise.reject(new Error('nothing is fetched')) };
  const bundle = { main: 'pipeline.hcl', files: { 'pipeline.hcl': text } };
  return loadPipeline({ bundle, variables: {}, env: {}, builtins, sources });
}

const findMistakes: FindMistakes = async (text) =>
  (await load(text)).diagnostics.filter(({ severity }) => severity === 'error');

function importOf(kind: Kind, name: string, text: string, check = findMistakes): Promise<ImportResult> {
  const read = filesBeside(join(EXAMPLES, kind, name));
  return convert(kind, text, name, { read, repository: 'https://git.example.com/team/app.git' }, check);
}

const textOf = (kind: Kind, name: string): string => readFileSync(join(EXAMPLES, kind, name), 'utf8');
const places = ({ notes }: ImportResult, wanted: string): string[] =>
  notes.filter(({ kind }) => kind === wanted).map(({ line, path }) => `${line} ${path}`);

test('every example is looked at, and there are twenty of each kind', () => {
  for (const [kind, expected] of Object.entries(KINDS)) {
    const files = readdirSync(join(EXAMPLES, kind)).filter((name) => name.endsWith('.yml'));
    expect(files.sort()).toEqual(Object.keys(expected).sort());
    expect(files.length).toBeGreaterThanOrEqual(20);
  }
});

test.each(examples)('%s: %s', async (kind, name, { contains, notConverted = [], differs = [] }) => {
  const result = await importOf(kind, name, textOf(kind, name));
  const { pipeline, diagnostics } = await load(result.text);
  expect(diagnostics).toEqual([]);
  expect(pipeline?.jobs.length).toBeGreaterThan(0);
  expect(formatConfig(result.text, 'pipeline.hcl')).toMatchObject({ text: result.text });
  expect(places(result, 'not_converted')).toEqual([...notConverted]);
  expect(places(result, 'differs')).toEqual([...differs]);
  const spaced = result.text.replaceAll(/\s+/g, ' ');
  for (const part of contains) expect(spaced).toContain(part);
  // Each is marked where it stood, and told in the summary.
  const marked = result.text.match(/^\s*# (not converted|differs): /gm) ?? [];
  expect(marked.length).toBe(result.notes.length);
  const summary = summaryText(result, name);
  for (const { line, file } of result.notes)
    expect(summary).toContain(file === name ? `line ${line}:` : `${file}:${line}:`);
});

test.each(examples)('%s: %s: a key that nobody knows is converted or named, wherever it stands', async (kind, name) => {
  const document = parseDocument(textOf(kind, name));
  const odd: { readonly key: string; readonly path: string }[] = [];
  visit(document, {
    Map(_, node, above) {
      const key = `zz_${odd.length}_x`;
      odd.push({ key, path: pathOf([...above, node]) });
      node.set(key, 'x');
    },
  });
  const result = await importOf(kind, name, document.toString(), async () => []);
  const named = result.notes.filter((note) => note.kind === 'not_converted').map(({ path }) => path);
  const lost = odd.filter(
    ({ key, path }) =>
      !result.text.includes(key) &&
      !named.some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`)),
  );
  expect(lost).toEqual([]);
});

const ODD_VALUES = [
  null,
  [],
  {},
  'x',
  5,
  ['a', 'a'],
  { a: 'b' },
  '',
  'a"${b}\n}',
  '((x))',
  '${{ secrets.X }}',
  '$FOO',
  -1,
  true,
];

test('whatever stands anywhere, what is written is valid, or the file is refused in words', async () => {
  // A fixed sequence, so that what fails can be found again.
  let seed = 20261125;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  let valid = 0;
  for (let round = 0; round < 250; round += 1) {
    const [kind, name] = examples[next(examples.length)]!;
    const document = parseDocument(textOf(kind, name));
    const pairs: Pair[] = [];
    visit(document, { Pair: (_, pair) => void pairs.push(pair) });
    const pair = pairs[next(pairs.length)]!;
    pair.value = document.createNode(ODD_VALUES[next(ODD_VALUES.length)]);
    const text = String(
      document.errors.length === 0 && !/\*\w/.test(textOf(kind, name)) ? document : textOf(kind, name),
    );
    const result = await importOf(kind, name, text).catch((error: unknown) => error);
    if (result instanceof CodedError)
      expect({ text, code: result.code }).toMatchObject({ code: expect.not.stringContaining('not_valid') });
    else {
      const written = (result as ImportResult).text;
      expect({ text, mistakes: await findMistakes(written) }).toMatchObject({ mistakes: [] });
      expect(formatConfig(written, 'pipeline.hcl')).toMatchObject({ text: written });
      valid += 1;
    }
  }
  expect(valid).toBeGreaterThan(200);
});

/** As notes say it: `jobs[0].plan[1].config`. */
function pathOf(nodes: readonly unknown[]): string {
  return nodes.reduce<string>((path, node, at) => {
    const above = nodes[at - 1];
    if (isSeq(above)) return `${path}[${above.items.indexOf(node)}]`;
    if (!isPair(node)) return path;
    return path === '' ? String(node.key) : `${path}.${node.key}`;
  }, '');
}
