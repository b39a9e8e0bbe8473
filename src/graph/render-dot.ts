import { bundleEdges, type GraphView } from './graph-view.ts';

/** A string of the DOT language; only the quote and the backslash mean anything inside one. */
const quote = (text: string): string => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\r?\n/g, ' ')}"`;

/** The graph for Graphviz, which lays it out on its own. */
export function renderDot(view: GraphView, title = 'pipeline'): string {
  const nodes = view.nodes.map((node) => {
    const shape = node.kind === 'job' ? 'box' : 'ellipse';
    const label = node.detail === undefined ? node.label : `${node.label} (${node.detail})`;
    return `  ${quote(node.id)} [shape=${shape}, label=${quote(label)}];`;
  });
  const edges = bundleEdges(view.edges).map((edge) => {
    const style = edge.kind === 'input' ? ', style=dashed' : '';
    return `  ${quote(edge.from)} -> ${quote(edge.to)} [label=${quote(edge.resources.join(', '))}${style}];`;
  });
  return [`digraph ${quote(title)} {`, '  rankdir=LR;', ...nodes, ...edges, '}', ''].join('\n');
}
