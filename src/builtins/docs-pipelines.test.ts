/**
 * The pipelines on the pages load. A block marked ```hcl is a whole pipeline; one that begins with the comment `# parts/go.hcl` is a file beside the
 * pipelines of its page, and `# pipeline.hcl` is one that may use those. What cannot be loaded by itself is marked ```hcl fragment.
 */
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadPipeline } from '../pipeline/load.ts';
import { noFetching } from '../pipeline/source.ts';
import { builtins } from './catalogue.ts';

const root = resolve(import.meta.dir, '../..');
/** Mistakes on purpose and expressions: both have tests of their own. */
const ELSEWHERE = ['diagnostics.md', 'functions.md'];
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && !ELSEWHERE.includes(name));

interface Example {
  readonly place: string;
  readonly file: string | undefined;
  readonly text: string;
}

function examplesOf(page: string): Example[] {
  const content = readFileSync(join(root, page), 'utf8');
  return [...content.matchAll(/^```hcl\n(.*?)^```$/gms)].map(({ index, 1: text = '' }) => ({
    place: `${page}:${content.slice(0, index).split('\n').length}`,
    file: /^# (\S+\.hcl)\n/.exec(text)?.[1],
    text,
  }));
}

const ofPages = ['README.md', ...pages.map((name) => `docs/${name}`)].map(examplesOf);

test('there are examples to look at', () => expect(ofPages.flat().length).toBeGreaterThan(10));

for (const examples of ofPages) {
  const beside = Object.fromEntries(examples.flatMap(({ file, text }) => (file === undefined ? [] : [[file, text]])));
  for (const { place, file, text } of examples) {
    if (file !== undefined && file !== 'pipeline.hcl') continue;
    test(`${place} loads, or is marked as a fragment`, async () => {
      const bundle = { main: 'pipeline.hcl', files: { ...beside, 'pipeline.hcl': text } };
      // A value for whatever is declared without one: who reads the page gives one too.
      const declared = [...text.matchAll(/^variable "([^"]+)" \{(.*?)\}$/gms)];
      const bare = declared.filter(([, , body = '']) => !/\b(?:default|secret)\b/.test(body));
      const variables = Object.fromEntries(bare.map(([, name = '']) => [name, 'x']));
      const { diagnostics } = await loadPipeline({ bundle, variables, sources: noFetching, builtins, lock: 'enforce' });
      const wrong = diagnostics.filter(({ severity }) => severity === 'error');
      expect(wrong.map(({ code, subject, detail }) => `line ${subject?.start.line}: ${code}: ${detail}`)).toEqual([]);
    });
  }
}
