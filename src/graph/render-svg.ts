import { cardView } from './card-view.ts';
import { edgePath, middleOf } from './edge-path.ts';
import { GRAPH_THEMES, type GraphTheme, type GraphThemeName } from './graph-theme.ts';
import {
  bundleEdges,
  type EdgeBundle,
  type GraphNode,
  type GraphView,
  isPassage,
  resourceNames,
} from './graph-view.ts';
import { GLYPH_WORDS, type GlyphStatus, STATUS_GLYPHS } from './status-glyph.ts';
import { escapeXml } from './xml.ts';

export interface SvgOptions {
  /** By node id; a job without one is drawn as not yet run, a resource without one as it is. Not given: jobs have no status to show. */
  readonly states?: Readonly<Record<string, GlyphStatus>>;
  readonly theme?: GraphThemeName;
  /** `full`: boxes with names. `card`: shapes only, to be looked at from afar. */
  readonly size?: 'full' | 'card';
  readonly title?: string;
}

/** The picture as an SVG document that needs nothing else: no script, no style sheet, no link out; every name is escaped. */
export function renderSvg(view: GraphView, options: SvgOptions = {}): string {
  const theme = GRAPH_THEMES[options.theme ?? 'light'];
  const title = options.title ?? 'Pipeline';
  return options.size === 'card'
    ? card(view, options.states ?? {}, theme, title)
    : full(view, options.states, theme, title);
}

function full(
  view: GraphView,
  states: Readonly<Record<string, GlyphStatus>> | undefined,
  theme: GraphTheme,
  title: string,
): string {
  const width = Math.max(view.width, 32);
  const height = Math.max(view.height, 32);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="13">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="${theme.page}"/>`,
    ...bundleEdges(view.edges).map((bundle) => edge(bundle, theme)),
    ...view.nodes.map((node) => {
      const unknown = states !== undefined && node.kind === 'job' ? 'none' : undefined;
      return box(node, states?.[node.id] ?? unknown, theme);
    }),
    '</svg>',
    '',
  ].join('\n');
}

function edge(bundle: EdgeBundle, theme: GraphTheme): string {
  const dash = bundle.kind === 'input' ? ' stroke-dasharray="4 4"' : '';
  const line = `<path d="${edgePath(bundle.points)}" fill="none" stroke="${theme.edge}" stroke-width="1.5"${dash}/>`;
  if (!isPassage(bundle)) return line;
  const at = middleOf(bundle.points);
  const text = `<text x="${Math.round(at.x)}" y="${Math.round(at.y) - 6}" text-anchor="middle" font-size="11" fill="${theme.quiet}" stroke="${theme.page}" stroke-width="3" paint-order="stroke">${escapeXml(shortNames(bundle))}</text>`;
  return `<g><title>${escapeXml(resourceNames(bundle))}</title>\n${line}\n${text}</g>`;
}

/** As many letters as there is room for between two columns of boxes. */
const MOST_LETTERS = 13;

/** The first of the names that flow along a line, and how many more there are; the picture's tool tip has them all. */
function shortNames({ resources }: EdgeBundle): string {
  const more = resources.length > 1 ? ` +${resources.length - 1}` : '';
  const [first = ''] = resources;
  const name = first.slice(first.indexOf('.') + 1);
  const room = MOST_LETTERS - more.length;
  return (name.length > room ? `${name.slice(0, room - 1)}…` : name) + more;
}

function box(node: GraphNode, status: GlyphStatus | undefined, theme: GraphTheme): string {
  const ink = status === undefined ? theme.quiet : theme.status[status];
  const middle = node.y + node.height / 2;
  const told = status === undefined ? node.detail : (node.detail ?? GLYPH_WORDS[status]);
  const baseline = told === undefined ? middle + 4.5 : middle - 3;
  const stroke = status === undefined || status === 'none' ? theme.line : ink;
  const text = node.x + (status === undefined && node.kind === 'job' ? 16 : 34);
  return [
    `<g><title>${escapeXml(status === undefined ? node.label : `${node.label}: ${GLYPH_WORDS[status]}`)}</title>`,
    `<rect x="${node.x}" y="${node.y}" width="${node.width}" height="${node.height}" rx="${node.kind === 'job' ? 6 : 22}" fill="${theme.node}" stroke="${stroke}"/>`,
    mark(node, status, ink, theme),
    `<text x="${text}" y="${baseline}" fill="${theme.text}">${escapeXml(node.label)}</text>`,
    ...(told === undefined
      ? []
      : [`<text x="${text}" y="${middle + 13}" font-size="11" fill="${theme.quiet}">${escapeXml(told)}</text>`]),
    '</g>',
  ].join('\n');
}

function mark(node: GraphNode, status: GlyphStatus | undefined, ink: string, theme: GraphTheme): string {
  const middle = node.y + node.height / 2;
  if (status !== undefined) return glyph(status, node.x + 10, middle - 8, ink, theme.node);
  if (node.kind === 'job') return '';
  return `<circle cx="${node.x + 18}" cy="${middle}" r="4" fill="none" stroke="${theme.quiet}" stroke-width="1.5"/>`;
}

function glyph(status: GlyphStatus, x: number, y: number, ink: string, paper: string): string {
  const parts = STATUS_GLYPHS[status].map((part) => {
    const fill = part.fill === undefined ? 'none' : part.fill === 'ink' ? ink : paper;
    if (part.stroke === undefined) return `<path d="${part.d}" fill="${fill}"/>`;
    const colour = part.stroke === 'paper' ? paper : ink;
    const faint = part.stroke === 'faint' ? ' stroke-opacity="0.25"' : '';
    const dash = part.dash === undefined ? '' : ` stroke-dasharray="${part.dash}"`;
    return `<path d="${part.d}" fill="${fill}" stroke="${colour}" stroke-width="${part.width ?? 1.5}" stroke-linecap="round" stroke-linejoin="round"${faint}${dash}/>`;
  });
  return `<g transform="translate(${x} ${y})">${parts.join('')}</g>`;
}

function card(
  view: GraphView,
  states: Readonly<Record<string, GlyphStatus>>,
  theme: GraphTheme,
  title: string,
): string {
  const small = cardView(view, { width: 288, height: 88 });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${small.width}" height="${small.height}" viewBox="0 0 ${small.width} ${small.height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    ...small.edges.map((line) => {
      const dash = line.kind === 'input' ? ' stroke-dasharray="2 3"' : '';
      return `<path d="${line.d}" fill="none" stroke="${theme.edge}"${dash}/>`;
    }),
    ...small.marks.map((mark) => {
      const status = states[mark.id] ?? (mark.kind === 'job' ? 'none' : undefined);
      const place = `translate(${mark.x} ${mark.y}) scale(${mark.scale}) translate(-8 -8)`;
      const inner =
        status === undefined
          ? `<circle cx="8" cy="8" r="3" fill="${theme.page}" stroke="${theme.quiet}" stroke-width="1.5"/>`
          : `<circle cx="8" cy="8" r="9" fill="${theme.page}"/>${glyph(status, 0, 0, theme.status[status], theme.page)}`;
      return `<g transform="${place}"><title>${escapeXml(mark.label)}</title>${inner}</g>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}
