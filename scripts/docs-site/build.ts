/**
 * The documentation as pages, below `/docs`: docs/, its decisions, the examples and the built-in types. Fails for a page that no chapter has, and for a
 * link that leads nowhere.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { commandReference } from '../../src/main/command-reference.ts';
import { createProgram } from '../../src/main/program.ts';
import { CHAPTERS } from './contents.ts';
import { type Frame, framePage } from './frame.ts';
import { type RenderedPage, renderPage } from './render-page.ts';
import type { Section } from './search.ts';

interface Source {
  /** Its path in the repository. */
  readonly path: string;
  /** `/docs/run`. */
  readonly address: string;
  readonly text: string;
  /** Whether a search finds it. */
  readonly searched: boolean;
}

export interface DocsSite {
  readonly pages: number;
}

export async function buildDocsSite(root: string, output: string, version: string): Promise<DocsSite> {
  const commands = commandReference(await createProgram(() => undefined));
  const sources = [...mainPages(root, new Map([['commands', commands]])), ...decisions(root), ...filePages(root)];
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const rendered = [];
  // Files that a page links to become pages behind the others.
  for (const source of sources) {
    const resolve = (href: string): string | undefined =>
      resolveLink(href, source.path, byPath, root) ?? addFile(href, source.path, root, sources, byPath);
    rendered.push({ source, page: renderPage(source.path, source.text, resolve) });
  }
  checkAnchors(rendered);
  const chapters = chaptersOf(rendered);
  for (const { source, page } of rendered) {
    const file = join(output, `${source.address === '/docs' ? '/docs/index' : source.address}.html`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, framePage(page, { version, address: source.address, chapters }));
  }
  const sections = rendered.flatMap(({ source, page }) => (source.searched ? sectionsOf(source, page) : []));
  writeFileSync(join(output, 'docs/search.json'), JSON.stringify(sections));
  writeStyle(root, join(output, 'docs/docs.css'));
  await writeScript(join(output, 'docs'));
  cpSync(join(root, 'docs/assets'), join(output, 'docs/assets'), { recursive: true });
  return { pages: sources.length };
}

/** `made`: texts of pages that no file holds. */
function mainPages(root: string, made: ReadonlyMap<string, string>): Source[] {
  const there = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => basename(name, '.md'));
  const listed = CHAPTERS.flatMap(({ pages }) => pages).filter((name) => name !== 'index');
  const missing = there.filter((name) => !listed.includes(name));
  if (missing.length > 0)
    throw new Error(`docs: no chapter of scripts/docs-site/contents.ts has ${missing.join(', ')}`);
  return [
    { path: 'README.md', address: '/docs', text: readFileSync(join(root, 'README.md'), 'utf8'), searched: true },
    ...listed.map((name) => ({
      path: `docs/${name}.md`,
      address: `/docs/${name}`,
      text: made.get(name) ?? readFileSync(join(root, `docs/${name}.md`), 'utf8'),
      searched: true,
    })),
    ...['ARCHITECTURE', 'CONTRIBUTING'].map((name) => ({
      path: `${name}.md`,
      address: `/docs/${name.toLowerCase()}`,
      text: readFileSync(join(root, `${name}.md`), 'utf8'),
      searched: true,
    })),
  ];
}

function decisions(root: string): Source[] {
  const all = readdirSync(join(root, 'docs/decisions')).sort();
  const pages = all.map((name) => ({
    path: `docs/decisions/${name}`,
    address: `/docs/decisions/${basename(name, '.md')}`,
    text: readFileSync(join(root, 'docs/decisions', name), 'utf8'),
    searched: true,
  }));
  const list = pages.map(({ text, path }) => `- [${/^# (.*)$/m.exec(text)?.[1] ?? path}](${basename(path)})`);
  const text = `# Decisions\n\nWhy it is as it is.\n\n${list.join('\n')}\n`;
  return [{ path: 'docs/decisions', address: '/docs/decisions', text, searched: false }, ...pages];
}

/** Directories of files that pages point to, one page for each: the examples, and the built-in types. */
function filePages(root: string): Source[] {
  const examples = directoriesIn(root, 'examples');
  const kinds = directoriesIn(root, 'builtins');
  return [
    {
      path: 'examples',
      address: '/docs/examples',
      text: readFileSync(join(root, 'examples/README.md'), 'utf8'),
      searched: true,
    },
    { path: 'builtins', address: '/docs/builtins', text: listOf('Built-in types', 'builtins', kinds), searched: false },
    ...[...examples, ...kinds].map((path) => ({
      path,
      address: `/docs/${path}`,
      text: directoryPage(root, path),
      searched: path.startsWith('examples/'),
    })),
  ];
}

function directoriesIn(root: string, path: string): string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${path}/${name}`)
    .sort();
}

function listOf(title: string, within: string, paths: readonly string[]): string {
  return `# ${title}\n\n${paths.map((path) => `- [${relative(within, path)}](${path.slice(path.indexOf('/') + 1)})`).join('\n')}\n`;
}

const SHOWN = /\.(hcl|sh|md|txt|ya?ml|json|xml|ts|js|conf)$|\/(Dockerfile|Makefile)$/;
const LARGEST_SHOWN = 40_000;

function directoryPage(root: string, path: string): string {
  const files = readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(root, path), join(entry.parentPath, entry.name)))
    .sort(
      (one, other) =>
        Number(other.endsWith('pipeline.hcl')) - Number(one.endsWith('pipeline.hcl')) || one.localeCompare(other),
    );
  const parts = files
    .filter((file) => SHOWN.test(`/${file}`) && statSync(join(root, path, file)).size < LARGEST_SHOWN)
    .map((file) => {
      const text = readFileSync(join(root, path, file), 'utf8');
      return `## ${file}\n\n${fenced(file, text)}`;
    });
  return `# ${path}\n\n${parts.join('\n')}`;
}

function fenced(file: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `${fence}${file.endsWith('.hcl') ? 'hcl' : ''}\n${text.trimEnd()}\n${fence}\n`;
}

function resolveLink(
  href: string,
  from: string,
  byPath: ReadonlyMap<string, Source>,
  root: string,
): string | undefined {
  const [target, suffix] = targetOf(href, from);
  if (target.startsWith('docs/assets/')) return existsSync(join(root, target)) ? `/${target}` : undefined;
  const page = byPath.get(target) ?? (existsSync(join(root, target)) ? byPath.get(dirname(target)) : undefined);
  return page === undefined ? undefined : `${page.address}${suffix}`;
}

function targetOf(href: string, from: string): [target: string, suffix: string] {
  const [path = '', hash] = href.split('#');
  // A page of a directory speaks of what is in it.
  const base = from.includes('.') ? dirname(from) : from;
  return [normalize(join(base, path)).replace(/\/$/, ''), hash === undefined ? '' : `#${hash}`];
}

function addFile(
  href: string,
  from: string,
  root: string,
  sources: Source[],
  byPath: Map<string, Source>,
): string | undefined {
  const [target] = targetOf(href, from);
  if (target.startsWith('..') || !existsSync(join(root, target)) || !statSync(join(root, target)).isFile())
    return undefined;
  const text = fenced(basename(target), readFileSync(join(root, target), 'utf8'));
  const source = { path: target, address: `/docs/files/${target}`, text: `# ${target}\n\n${text}`, searched: false };
  sources.push(source);
  byPath.set(target, source);
  return source.address;
}

/** Throws for a link to a heading that is not there. */
function checkAnchors(rendered: readonly { readonly source: Source; readonly page: RenderedPage }[]): void {
  const ids = new Map(
    rendered.map(({ source, page }) => [source.address, new Set(page.headings.map(({ id }) => id))] as const),
  );
  for (const { source, page } of rendered) {
    for (const [, address = '', id = ''] of page.html.matchAll(/ href="([^"#]*)#([^"]+)"/g)) {
      const there = ids.get(address === '' ? source.address : address);
      if (there !== undefined && !there.has(decodeURIComponent(id))) {
        throw new Error(`docs: ${source.path} links to ${address}#${id}, and there is no such heading`);
      }
    }
  }
}

function chaptersOf(rendered: readonly { source: Source; page: RenderedPage }[]): Frame['chapters'] {
  const titled = (path: string, address?: string) => {
    const found = rendered.find(({ source }) => source.path === path);
    if (found === undefined) throw new Error(`docs: there is no ${path}`);
    return { address: address ?? found.source.address, title: path === 'README.md' ? 'What it is' : found.page.title };
  };
  return [
    ...CHAPTERS.map(({ title, pages }) => ({
      title,
      pages: pages.map((name) => titled(name === 'index' ? 'README.md' : `docs/${name}.md`)),
    })),
    {
      title: 'The code',
      pages: ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/decisions', 'examples', 'builtins'].map((path) =>
        titled(path),
      ),
    },
  ];
}

function sectionsOf({ address }: Source, { title, sections }: RenderedPage): Section[] {
  return sections.map(({ heading, words }) => ({
    page: title,
    heading: heading.text,
    address: heading.level === 1 ? address : `${address}#${heading.id}`,
    words,
  }));
}

function writeStyle(root: string, file: string): void {
  const parts = ['src/ui/style/tokens.css', 'scripts/docs-site/docs.css'];
  writeFileSync(file, parts.map((part) => readFileSync(join(root, part), 'utf8')).join('\n'));
}

async function writeScript(directory: string): Promise<void> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'browser.ts')],
    target: 'browser',
    minify: true,
  });
  const [script] = built.outputs;
  if (!built.success || script === undefined) throw new Error(`docs: ${built.logs.map(String).join('\n')}`);
  writeFileSync(join(directory, 'docs.js'), await script.text());
}
