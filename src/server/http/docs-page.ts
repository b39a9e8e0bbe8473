/** The API's readable page: one table, no script, nothing from elsewhere. */
import { createHash } from 'node:crypto';
import type { RouteDefinition } from '../../protocol/route.ts';
import { API_BASE, type RouteName, routes } from '../../protocol/routes.ts';
import { ROUTE_ROLES } from '../auth/route-roles.ts';
import { escapeHtml } from './escape-html.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .35rem .75rem .35rem 0; vertical-align: top; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
`;

export const DOCS_STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;

export function docsPage(version: string): string {
  const all = Object.entries(routes) as [RouteName, RouteDefinition][];
  const tags = [...new Set(all.map(([, route]) => route.tag))];
  const tables = tags.map(
    (tag) =>
      `<h2>${tag}</h2><table>${all
        .filter(([, route]) => route.tag === tag)
        .map(([name, route]) => row(name, route))
        .join('')}</table>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>pikoci API</title><style>${STYLE}</style>
<h1>pikoci API <span class="quiet">${escapeHtml(version)}</span></h1>
<p>JSON over HTTP. A machine finds shapes and parameters in <a href="/api/openapi.json">openapi.json</a>.</p>
<p>Send <code>Authorization: Bearer pko_…</code>, or use the browser's session and send the <code>csrf</code> of
<code>GET ${API_BASE}/session</code> in <code>Pikoci-Csrf</code> with whatever changes something.
Lists are paged: give <code>next</code> back as <code>after</code>. Refusals are
<code>application/problem+json</code>; their <code>code</code> is permanent. An <code>Idempotency-Key</code> makes a repeated request harmless.</p>
${tables.join('\n')}</html>`;
}

function row(name: RouteName, route: RouteDefinition): string {
  const query = route.query === undefined ? [] : Object.keys(route.query.shape);
  return `<tr><td><code>${route.method.toUpperCase()}</code></td><td><code>${escapeHtml(API_BASE + route.path)}${
    query.length === 0 ? '' : `<span class="quiet">?${query.join('&amp;')}</span>`
  }</code></td><td>${escapeHtml(route.summary)}</td><td class="quiet">${ROUTE_ROLES[name]}</td></tr>`;
}
