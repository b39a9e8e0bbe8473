import { z } from 'zod';

/** The pipeline's graph, laid out by the one layout of graph/. Coordinates in px, the origin top left; `x`, `y` are a node's corner. */
export const graphNode = z.object({
  id: z.string(),
  kind: z.enum(['resource', 'job', 'version']),
  label: z.string(),
  /** Second line: a resource's type, a job's group. */
  detail: z.string().optional(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});
export const graphEdge = z.object({
  from: z.string(),
  to: z.string(),
  /** `trigger` and `input`: a version goes into a job (solid, dashed); `output`: a job puts it. */
  kind: z.enum(['trigger', 'input', 'output']),
  /** Address of the resource that flows along it. */
  resource: z.string(),
  points: z.array(z.object({ x: z.number(), y: z.number() })),
});
export const graphView = z.object({
  width: z.number(),
  height: z.number(),
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
});
export type GraphNode = z.infer<typeof graphNode>;
export type GraphEdge = z.infer<typeof graphEdge>;
export type GraphView = z.infer<typeof graphView>;
