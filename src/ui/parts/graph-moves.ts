import type { EdgeBundle, GraphNode, GraphView } from '../../graph/graph-view.ts';

/** Where the picture's origin lies in the frame, in px, and how large it is drawn. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const SMALLEST = 0.12;
const LARGEST = 2;

/** All of it, in the middle, never blown up; too wide to be read at once, it begins at the left. */
export function placeAll(view: GraphView, frame: { readonly width: number; readonly height: number }): Camera {
  const whole = Math.min(1, frame.width / Math.max(1, view.width), frame.height / Math.max(1, view.height));
  // On a phone a graph that fits cannot be read.
  const scale = Math.max(whole, frame.width < 600 ? 0.7 : 0.4);
  return {
    scale,
    x: Math.max(0, (frame.width - view.width * scale) / 2),
    y: view.height * scale > frame.height ? 0 : (frame.height - view.height * scale) / 2,
  };
}

/** Zooms so that what lies under `at` (px of the frame) stays there. */
export function zoomAt(camera: Camera, factor: number, at: { readonly x: number; readonly y: number }): Camera {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, camera.scale * factor));
  const change = scale / camera.scale;
  return { scale, x: at.x - (at.x - camera.x) * change, y: at.y - (at.y - camera.y) * change };
}

export type Way = 'left' | 'right' | 'up' | 'down';

/** The nearest node in a direction; what lies straight ahead is nearer than what lies aside. */
export function neighbour(nodes: readonly GraphNode[], from: string, way: Way): string | undefined {
  const start = nodes.find((node) => node.id === from);
  if (start === undefined) return undefined;
  const sign = way === 'left' || way === 'up' ? -1 : 1;
  const level = way === 'left' || way === 'right';
  let best: { id: string; cost: number } | undefined;
  for (const node of nodes) {
    const dx = node.x + node.width / 2 - (start.x + start.width / 2);
    const dy = node.y + node.height / 2 - (start.y + start.height / 2);
    const [ahead, aside] = level ? [dx * sign, Math.abs(dy)] : [dy * sign, Math.abs(dx)];
    if (ahead < 8) continue;
    const cost = ahead + aside * 2;
    if (best === undefined || cost < best.cost) best = { id: node.id, cost };
  }
  return best?.id;
}

/** Everything that leads to a node and everything that follows from it, itself included. An edge's key is `from to`. */
export function pathThrough(
  edges: readonly Pick<EdgeBundle, 'from' | 'to'>[],
  node: string,
): { nodes: ReadonlySet<string>; edges: ReadonlySet<string> } {
  const nodes = new Set([node]);
  const lit = new Set<string>();
  for (const [here, there] of [
    ['from', 'to'],
    ['to', 'from'],
  ] as const) {
    const open = [node];
    const seen = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const edge of edges) {
        if (edge[here] !== at) continue;
        lit.add(`${edge.from} ${edge.to}`);
        nodes.add(edge[there]);
        if (!seen.has(edge[there])) open.push(edge[there]);
        seen.add(edge[there]);
      }
    }
  }
  return { nodes, edges: lit };
}
