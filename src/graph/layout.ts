import { Graph, layout } from '@dagrejs/dagre';
import {
  type GraphEdge,
  type GraphEdgeKind,
  type GraphNode,
  type GraphPoint,
  type GraphView,
  jobNodeId,
  outputNodeId,
  resourceNodeId,
} from './graph-view.ts';
import type { PipelineShape } from './pipeline-shape.ts';

const NODE_HEIGHT = 44;
const MARGIN = 16;
/** Width of a character of the system font at 13 px, generously: the browser's own fonts differ. */
const CHAR_WIDTH = 7.3;
const MAX_LABEL = 28;

interface Link {
  readonly from: string;
  readonly to: string;
  readonly kind: GraphEdgeKind;
  readonly resource: string;
}

type UnplacedNode = Omit<GraphNode, 'x' | 'y'>;

/**
 * Lays a pipeline out from left to right: resources, the jobs they go into, the jobs those let pass, what jobs put.
 *
 * 1. A `get` without `passed` is a line from its resource; with `passed`, one from each of those jobs instead.
 * 2. A `put` is a line to its resource. Where that would close a circle (a job that gets and puts the same repository), the resource
 *    is drawn a second time on the right, so that the picture always flows in one direction.
 * 3. dagre places the nodes; lines between the same two nodes share one way.
 *
 * The same shape gives the same view, to the last digit.
 */
export function layoutPipeline(shape: PipelineShape): GraphView {
  const { nodes, links } = nodesAndLinks(shape);
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 20, edgesep: 12, ranksep: 76, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes.values()) graph.setNode(node.id, { width: node.width, height: node.height });
  for (const link of links) {
    // What comes from a job is drawn straighter than what comes from a resource: the way of a version is what one follows.
    graph.setEdge(link.from, link.to, { weight: link.from.startsWith('job:') ? 3 : 1 });
  }
  if (nodes.size > 0) layout(graph);

  const placed = new Map<string, GraphNode>();
  for (const node of nodes.values()) {
    const at = graph.node(node.id);
    placed.set(node.id, { ...node, x: round(at.x - node.width / 2), y: round(at.y - node.height / 2) });
  }
  const edges = links.map((link): GraphEdge => {
    const from = placed.get(link.from);
    const to = placed.get(link.to);
    if (from === undefined || to === undefined) throw new Error(`edge without ends: ${link.from} -> ${link.to}`);
    const between = graph.edge(link.from, link.to).points.slice(1, -1);
    return { ...link, points: wayOf(from, to, between) };
  });
  const all = [...placed.values()];
  return {
    width: Math.max(0, ...all.map((node) => node.x + node.width)) + MARGIN,
    height: Math.max(0, ...all.map((node) => node.y + node.height)) + MARGIN,
    nodes: all,
    edges,
  };
}

/** Leaves a node in the middle of its right side and arrives in the middle of the left. */
function wayOf(from: GraphNode, to: GraphNode, between: readonly GraphPoint[]): GraphPoint[] {
  const start = { x: round(from.x + from.width), y: round(from.y + from.height / 2) };
  const end = { x: to.x, y: round(to.y + to.height / 2) };
  const middle = between
    .map((point) => ({ x: round(point.x), y: round(point.y) }))
    .filter((point) => point.x > start.x && point.x < end.x);
  return [start, ...middle, end];
}

function nodesAndLinks(shape: PipelineShape): { nodes: Map<string, UnplacedNode>; links: Link[] } {
  const nodes = new Map<string, UnplacedNode>();
  const links: Link[] = [];
  const resources = new Map(shape.resources.map((resource) => [resource.address, resource]));
  const jobs = new Set(shape.jobs.map((job) => job.name));

  const addResource = (id: string, address: string): void => {
    if (nodes.has(id)) return;
    const resource = resources.get(address) ?? splitAddress(address);
    nodes.set(id, node(id, 'resource', resource.name, resource.type));
  };
  for (const resource of shape.resources) {
    if (isFetchedFresh(shape, resource.address) || !isPut(shape, resource.address)) {
      addResource(resourceNodeId(resource.address), resource.address);
    }
  }
  for (const job of shape.jobs) {
    const id = jobNodeId(job.name);
    nodes.set(id, node(id, 'job', job.name, job.group === job.name ? undefined : job.group));
  }
  for (const job of shape.jobs) {
    for (const input of job.inputs) {
      const kind = input.trigger ? 'trigger' : 'input';
      const passed = input.passed.filter((name) => jobs.has(name) && name !== job.name);
      if (passed.length === 0) addResource(resourceNodeId(input.resource), input.resource);
      const sources = passed.length === 0 ? [resourceNodeId(input.resource)] : passed.map(jobNodeId);
      for (const from of sources) links.push({ from, to: jobNodeId(job.name), kind, resource: input.resource });
    }
  }
  for (const job of shape.jobs) {
    for (const address of job.outputs) {
      const from = jobNodeId(job.name);
      const same = resourceNodeId(address);
      const to = nodes.has(same) && !reaches(links, same, from) ? same : outputNodeId(address);
      addResource(to, address);
      links.push({ from, to, kind: 'output', resource: address });
    }
  }
  return { nodes, links: withoutRepeats(links) };
}

function node(id: string, kind: GraphNode['kind'], name: string, detail: string | undefined): UnplacedNode {
  const label = name.length > MAX_LABEL ? `${name.slice(0, MAX_LABEL - 1)}…` : name;
  const characters = Math.max(label.length, Math.min(detail?.length ?? 0, MAX_LABEL) * 0.85);
  const width = Math.round(Math.max(kind === 'job' ? 184 : 168, characters * CHAR_WIDTH + 46));
  return { id, kind, label, ...(detail === undefined ? {} : { detail }), width, height: NODE_HEIGHT };
}

const isPut = (shape: PipelineShape, address: string): boolean =>
  shape.jobs.some((job) => job.outputs.includes(address));

const isFetchedFresh = (shape: PipelineShape, address: string): boolean =>
  shape.jobs.some((job) => job.inputs.some((input) => input.resource === address && input.passed.length === 0));

function splitAddress(address: string): { type: string; name: string } {
  const dot = address.indexOf('.');
  return { type: address.slice(0, dot), name: address.slice(dot + 1) };
}

/** Whether one can walk along the links from one node to another. */
function reaches(links: readonly Link[], from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === to) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const link of links) if (link.from === at) open.push(link.to);
  }
  return false;
}

/** A job may get the same resource twice; it is one line, and a trigger if one of them is. */
function withoutRepeats(links: readonly Link[]): Link[] {
  const kept = new Map<string, Link>();
  for (const link of links) {
    const key = JSON.stringify([link.from, link.to, link.resource, link.kind === 'output']);
    const known = kept.get(key);
    if (known === undefined || (known.kind === 'input' && link.kind === 'trigger')) kept.set(key, link);
  }
  return [...kept.values()];
}

const round = (value: number): number => Math.round(value * 10) / 10;
