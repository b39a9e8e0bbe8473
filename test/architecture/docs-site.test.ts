import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildDocsSite } from '../../scripts/docs-site/build.ts';
import { highlightHcl } from '../../scripts/docs-site/highlight-hcl.ts';
import { renderPage, slugs } from '../../scripts/docs-site/render-page.ts';
import { searchSections } from '../../scripts/docs-site/search.ts';

const section = (page: string, heading: string, words: string) => ({ page, heading, address: heading, words });

test('search: every word has to be there; headings first', () => {
  const sections = [
    section('Caches', 'Caches', 'what a task would fetch again'),
    section('Workers', 'Draining', 'a worker that drains keeps its caches'),
    section('Users', 'Tokens', 'nothing'),
  ];
  const found = (query: string) => searchSections(sections, query).map(({ section: { heading } }) => heading);
  expect(found('cache')).toEqual(['Caches', 'Draining']);
  expect(found('CACHES drain')).toEqual(['Draining']);
  expect(found('cache token')).toEqual([]);
  expect(found(' ')).toEqual([]);
});

test('search: an excerpt has the places that fit', () => {
  const words = `${'long '.repeat(60)}here is the needle, and more ${'tail '.repeat(60)}`;
  const [first] = searchSections([section('A', 'B', words)], 'needle');
  const [from, to] = first?.marks[0] ?? [0, 0];
  expect(first?.excerpt.slice(from, to)).toBe('needle');
  expect(first?.excerpt.length).toBeLessThan(220);
});

test('headings have the names that GitHub gives them', () => {
  const slug = slugs();
  expect(['Jobs', 'Jobs', '`put` and `get`!', 'A, b: c'].map((text) => slug(text.replaceAll('`', '')))).toEqual([
    'jobs',
    'jobs-1',
    'put-and-get',
    'a-b-c',
  ]);
});

test('a page: links are led, what is HTML stays text, a link that leads nowhere fails', () => {
  const page = renderPage('a.md', '# A *page*\n\n[b](b.md) <script>x</script>\n\n|  a |\n|--:|\n| 1 |\n', (href) =>
    href === 'b.md' ? '/docs/b' : undefined,
  );
  expect(page.title).toBe('A page');
  expect(page.html).toContain('<a href="/docs/b">b</a> &lt;script&gt;');
  expect(page.html).not.toContain('style=');
  expect(() => renderPage('a.md', '# A\n[x](x.md)\n', () => undefined)).toThrow('a.md links to x.md');
});

test('HCL in its colours, with nothing lost and nothing that is HTML', () => {
  const text = 'job "<b>" { # why\n  if = "a${var.x}" == 1\n}\n';
  const html = highlightHcl(text);
  expect(html).toStartWith('<span class="h-block">job</span> ');
  const plain = html.replaceAll(/<[^>]*>/g, '');
  expect(plain.replaceAll(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))).toBe(text);
});

test('the whole documentation: every page has its chapter, every link leads somewhere', async () => {
  const output = mkdtempSync(join(tmpdir(), 'pikoci-docs-'));
  try {
    const { pages } = await buildDocsSite(resolve(import.meta.dir, '../..'), output, '1.2.3');
    expect(pages).toBeGreaterThan(80);
    const sections = JSON.parse(readFileSync(join(output, 'docs/search.json'), 'utf8'));
    const first = (query: string) => searchSections(sections, query)[0]?.section.address;
    expect(first('hashfiles')).toBe('/docs/caches');
    expect(first('--takeover')).toStartWith('/docs/');
    expect(readFileSync(join(output, 'docs/commands.html'), 'utf8')).toContain('--takeover');
  } finally {
    rmSync(output, { recursive: true });
  }
});
