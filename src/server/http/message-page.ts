/** What went wrong with an address that a person opened, as a page of its own: no script, nothing from elsewhere. */
import { createHash } from 'node:crypto';
import type { Problem } from '../../protocol/api.ts';
import { escapeHtml } from './escape-html.ts';

const STYLE = `
:root { color-scheme: light dark; --quiet: #777; --accent: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --quiet: #999; --accent: #7aa2f7; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 0 auto; padding: 5rem 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.15rem; font-weight: 600; margin: 0 0 1rem; }
p { margin: 0 0 .75rem; }
.quiet { color: var(--quiet); }
a { color: var(--accent); }
`;

const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;

/** `back`: where one can try again. */
export function messagePage({ title, detail, hint, code, status }: Problem, back: string): Response {
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · pikoci</title><style>${STYLE}</style>
<main><p class="quiet">pikoci</p><h1>${escapeHtml(title)}</h1>
<p role="alert">${escapeHtml(sentence(detail ?? title))}</p>
${hint === undefined ? '' : `<p class="quiet">${escapeHtml(sentence(hint))}</p>`}
<p><a href="${escapeHtml(back)}">Back to signing in</a></p>
<p class="quiet"><small>${escapeHtml(code ?? '')}</small></p></main></html>`;
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src '${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
