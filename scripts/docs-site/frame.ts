/** What is around each page: the bar, the contents, what is on the page. */
import type { Chapter } from './contents.ts';
import type { RenderedPage } from './render-page.ts';

export interface Frame {
  readonly version: string;
  /** Address of this page. */
  readonly address: string;
  readonly chapters: readonly {
    readonly title: Chapter['title'];
    readonly pages: readonly { readonly address: string; readonly title: string }[];
  }[];
}

const MARK = `<svg viewBox="0 0 32 32" width="22" height="22" fill="none" aria-hidden="true"><rect width="32" height="32" rx="7" class="mark-ground"/><path d="M10 24.5V13" class="mark-line" stroke-width="3" stroke-linecap="round"/><circle cx="17" cy="13" r="6.5" class="mark-line" stroke-width="3"/><circle cx="17" cy="13" r="2" class="mark-dot"/><circle cx="10" cy="24.5" r="2.6" class="mark-dot"/></svg>`;

export function framePage({ title, headings, html }: RenderedPage, frame: Frame): string {
  const contents = frame.chapters.map(
    (chapter) =>
      `<section><h2>${escapeHtml(chapter.title)}</h2><ul>${chapter.pages.map((page) => item(page, frame)).join('')}</ul></section>`,
  );
  const here = headings.filter(({ level }) => level === 2 || level === 3);
  const onPage =
    here.length < 2
      ? ''
      : `<nav class="on-page" aria-labelledby="on-page"><h2 id="on-page">On this page</h2><ul>${here
          .map(({ level, id, text }) => `<li class="l${level}"><a href="#${id}">${escapeHtml(text)}</a></li>`)
          .join('')}</ul></nav>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · pikoci</title>
<link rel="icon" type="image/svg+xml" href="/mark.svg">
<link rel="stylesheet" href="/docs/docs.css">
<script src="/theme.js"></script>
<script type="module" src="/docs/docs.js"></script>
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header class="bar">
<a class="home" href="/docs">${MARK}<span>pikoci</span> <span class="quiet">docs ${escapeHtml(frame.version)}</span></a>
<search class="search"><input type="search" id="search" placeholder="Search (/)" aria-label="Search the documentation" autocomplete="off" role="combobox" aria-expanded="false" aria-controls="found"><ol id="found" role="listbox" aria-label="Found" hidden></ol></search>
<a class="to-app" href="/">Pipelines</a>
</header>
<div class="columns">
<details class="contents" id="contents"><summary>Contents</summary><nav aria-label="Contents">${contents.join('')}</nav></details>
<main id="main">${html}</main>
${onPage}
</div>
</body>
</html>
`;
}

function item({ address, title }: { readonly address: string; readonly title: string }, frame: Frame): string {
  const current = address === frame.address ? ' aria-current="page"' : '';
  return `<li><a href="${address}"${current}>${escapeHtml(title)}</a></li>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
