import type { GraphView } from './graph-view.ts';

/** The view as it is, for programs. */
export function renderJson(view: GraphView): string {
  return `${JSON.stringify(view, null, 2)}\n`;
}
