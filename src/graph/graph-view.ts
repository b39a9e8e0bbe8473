/**
 * A pipeline's picture: nodes with a place and a size, edges with the points they run through. Plain JSON, the same shape that the
 * API answers with (`graphView` in protocol/api.ts), so that a server lays out once and every face draws the same.
 *
 * Coordinates in px, the origin top left; `x`, `y` are a node's corner.
 */
export interface GraphPoint {
  x: number;
  y: number;
}

export interface GraphNode {
  /** `job:NAME`, `resource:ADDRESS`, or `output:ADDRESS` for a resource drawn a second time, where a job puts it. */
  id: string;
  kind: 'resource' | 'job' | 'version';
  /** A job's name; a resource's name without its type. */
  label: string;
  /** Second line: a resource's type, a job's group when the job is one of several. */
  detail?: string | undefined;
  x: number;
  y: number;
  width: number;
  height: number;
}

export type GraphEdgeKind = 'trigger' | 'input' | 'output';

export interface GraphEdge {
  from: string;
  to: string;
  /** `trigger` and `input`: a version goes into a job (solid, dashed); `output`: a job puts it. */
  kind: GraphEdgeKind;
  /** Address of the resource that flows along it. */
  resource: string;
  points: GraphPoint[];
}

export interface GraphView {
  width: number;
  height: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export const jobNodeId = (name: string): string => `job:${name}`;
export const resourceNodeId = (address: string): string => `resource:${address}`;
export const outputNodeId = (address: string): string => `output:${address}`;

/** A resource's address, from the node that shows it. */
export function addressOf(node: GraphNode): string {
  return node.id.slice(node.id.indexOf(':') + 1);
}

/** Edges between the same two nodes share their points and are drawn as one line. */
export interface EdgeBundle {
  readonly from: string;
  readonly to: string;
  readonly kind: GraphEdgeKind;
  readonly resources: readonly string[];
  readonly points: readonly GraphPoint[];
}

/** One bundle for each pair of nodes, in the order of the edges; a bundle that triggers anything is a trigger. */
export function bundleEdges(edges: readonly GraphEdge[]): EdgeBundle[] {
  const bundles = new Map<string, EdgeBundle>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to]);
    const known = bundles.get(key);
    bundles.set(
      key,
      known === undefined
        ? { from: edge.from, to: edge.to, kind: edge.kind, resources: [edge.resource], points: edge.points }
        : {
            ...known,
            kind: known.kind === 'trigger' ? 'trigger' : edge.kind,
            resources: known.resources.includes(edge.resource) ? known.resources : [...known.resources, edge.resource],
          },
    );
  }
  return [...bundles.values()];
}

/** From a job to a job: what flows is said on the line, since no resource stands at its beginning. */
export function isPassage(bundle: EdgeBundle): boolean {
  return bundle.from.startsWith('job:') && bundle.to.startsWith('job:');
}

/** What flows along it, without the types. */
export function resourceNames(bundle: EdgeBundle): string {
  return bundle.resources.map((address) => address.slice(address.indexOf('.') + 1)).join(', ');
}
