import { assertNever } from '../lib/assert-never.ts';
import {
  bundleEdges,
  type EdgeBundle,
  type GraphNode,
  type GraphView,
  isPassage,
  resourceNames,
} from './graph-view.ts';

/**
 * The graph as a Mermaid flowchart, which GitHub, GitLab and many editors draw. Mermaid lays it out on its own.
 *
 * Nodes are numbered, because a name may be anything; what is no letter, digit or plain punctuation of a name becomes a number entity
 * (`#34;`), so that no name is ever read as Mermaid's syntax, as Markdown or as HTML.
 */
export function renderMermaid(view: GraphView): string {
  const ids = new Map(view.nodes.map((node, at) => [node.id, `n${at}`]));
  const idOf = (id: string): string => {
    const known = ids.get(id);
    if (known === undefined) throw new Error(`edge without end: ${id}`);
    return known;
  };
  return [
    'flowchart LR',
    ...view.nodes.map((node) => `  ${idOf(node.id)}${shape(node)}`),
    ...bundleEdges(view.edges).map((edge) => `  ${idOf(edge.from)} ${line(edge)} ${idOf(edge.to)}`),
    '',
  ].join('\n');
}

function shape(node: GraphNode): string {
  const label =
    node.detail === undefined ? entities(node.label) : `${entities(node.label)}<br/>${entities(node.detail)}`;
  switch (node.kind) {
    case 'job':
      return `["${label}"]`;
    case 'resource':
    case 'version':
      return `(["${label}"])`;
    default:
      return assertNever(node.kind);
  }
}

function line(edge: EdgeBundle): string {
  const arrow = edge.kind === 'input' ? '-.->' : '-->';
  return isPassage(edge) ? `${arrow}|"${entities(resourceNames(edge))}"|` : arrow;
}

const entities = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\s+/g, ' ')
    .replace(/[^\p{L}\p{M}\p{N} ._/,()…-]/gu, (character) => `#${character.codePointAt(0)};`);
