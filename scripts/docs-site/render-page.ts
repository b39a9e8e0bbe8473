/** A page of docs/, from Markdown to HTML. */
import MarkdownIt from 'markdown-it';
import { highlightHcl } from './highlight-hcl.ts';

export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

export interface RenderedPage {
  readonly title: string;
  readonly headings: readonly Heading[];
  readonly html: string;
  /** What is found by a search: the words below each heading. */
  readonly sections: readonly { readonly heading: Heading; readonly words: string }[];
}

/** Where a link of a page leads on the site; `undefined`: nowhere. */
export type ResolveLink = (href: string) => string | undefined;

/** As GitHub makes them, so that the same links work in both places. */
export function slugs(): (text: string) => string {
  const taken = new Map<string, number>();
  return (text) => {
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const before = taken.get(slug) ?? 0;
    taken.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  };
}

/** Throws for a link that leads nowhere. */
export function renderPage(name: string, text: string, resolve: ResolveLink): RenderedPage {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const { escapeHtml } = markdown.utils;
  const slug = slugs();
  const headings: Heading[] = [];
  const words: string[] = [];
  // Comments are marks for the tables that are made from the code.
  const tokens = markdown.parse(text.replaceAll(/^<!--.*-->\n/gm, ''), {});
  tokens.forEach((token, at) => {
    const content = tokens[at + 1];
    if (token.type === 'heading_open' && content?.type === 'inline') {
      const plain = plainText(content);
      const id = slug(plain);
      token.attrSet('id', id);
      headings.push({ level: Number(token.tag.slice(1)), id, text: plain });
      words.push('');
    } else if (token.type === 'inline' && tokens[at - 1]?.type !== 'heading_open') {
      words[words.length - 1] = `${words.at(-1) ?? ''} ${plainText(token)}`;
    } else if (token.type === 'fence' || token.type === 'code_block') {
      words[words.length - 1] = `${words.at(-1) ?? ''} ${token.content}`;
    }
    for (const child of token.children ?? []) {
      if (child.type === 'link_open')
        child.attrSet('href', required(name, String(child.attrGet('href') ?? ''), resolve));
      if (child.type === 'image') child.attrSet('src', required(name, String(child.attrGet('src') ?? ''), resolve));
    }
  });
  const { rules } = markdown.renderer;
  rules.fence = (all, index) => {
    const { info = '', content = '' } = all[index] ?? {};
    const code = info.startsWith('hcl') ? highlightHcl(content) : escapeHtml(content);
    return `<pre tabindex="0"><code>${code}</code></pre>\n`;
  };
  rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
  rules.table_close = () => '</table></div>\n';
  rules.heading_close = (all, index, options, _env, self) => {
    const id = all[index - 2]?.attrGet('id') ?? '';
    const anchor = `<a class="here" href="#${id}" aria-label="Link to this heading">#</a>`;
    return `${anchor}${self.renderToken(all, index, options)}`;
  };
  // A column's alignment would be a style attribute, which the pages' policy refuses.
  for (const token of tokens) if (/^t[hd]_open$/.test(token.type)) token.attrs = null;
  const html = markdown.renderer.render(tokens, markdown.options, {});
  const sections = headings.map((heading, at) => ({
    heading,
    words: (words[at] ?? '').replaceAll(/\s+/g, ' ').trim(),
  }));
  return { title: headings[0]?.text ?? name, headings, html, sections };
}

function required(page: string, href: string, resolve: ResolveLink): string {
  if (/^(https?:|mailto:|#)/.test(href)) return href;
  const found = resolve(href);
  if (found === undefined) throw new Error(`docs: ${page} links to ${href}, which is not on the site`);
  return found;
}

function plainText(token: { readonly children: readonly { type: string; content: string }[] | null }): string {
  return (token.children ?? [])
    .map(({ type, content }) => (type === 'text' || type === 'code_inline' ? content : type === 'softbreak' ? ' ' : ''))
    .join('');
}
