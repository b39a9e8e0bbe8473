import { bundleEdges, type GraphView } from './graph-view.ts';

// Graphviz reads no other control characters than these, and a zero byte ends its text.
const NOT_DOT = /[^\P{Cc}\t\n\r]/gu;

/** A string of the DOT language: inside one, only the quote and the backslash mean anything. */
const quote = (text: string): string =>
  `"${text
    .toWellFormed()
    .replace(NOT_DOT, '\ufffd')
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\s+/g, ' ')}"`;

/** In a label, Graphviz reads HTML's entities as well. */
const label = (text: string): string => quote(text.replace(/&/g, '&amp;'));

/** The graph for Graphviz, which lays it out on its own. */
export function renderDot(view: GraphView, title = 'pipeline'): string {
  const nodes = view.nodes.map((node) => {
    const shape = node.kind === 'job' ? 'box' : 'ellipse';
    const text = node.detail === undefined ? node.label : `${node.label} (${node.detail})`;
    return `  ${quote(node.id)} [shape=${shape}, label=${label(text)}];`;
  });
  const edges = bundleEdges(view.edges).map((edge) => {
    const style = edge.kind === 'input' ? ', style=dashed' : '';
    return `  ${quote(edge.from)} -> ${quote(edge.to)} [label=${label(edge.resources.join(', '))}${style}];`;
  });
  return [`digraph ${quote(title)} {`, '  rankdir=LR;', ...nodes, ...edges, '}', ''].join('\n');
}
