import type { GraphPoint } from './graph-view.ts';

const text = (value: number): string => String(Math.round(value * 10) / 10);

/**
 * A calm line through the points as SVG path data, x never decreasing: it leaves and arrives level, and never swings past a point
 * (monotone cubic interpolation after Fritsch and Carlson: an inner point's slope is the harmonic mean of its neighbours', or level where
 * the line turns).
 */
export function edgePath(points: readonly GraphPoint[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const slopes = slopesOf(points);
  let path = `M${text(first.x)} ${text(first.y)}`;
  let from = first;
  for (const [i, to] of rest.entries()) {
    // Longer handles than a third make the ends lie level for longer, which reads as "comes from here, goes there".
    const [reachOut, reachIn] = [i === 0 ? 0.5 : 1 / 3, i === rest.length - 1 ? 0.5 : 1 / 3];
    const width = to.x - from.x;
    const [out, into] = [width * reachOut, width * reachIn];
    path +=
      from.y === to.y && slopes[i] === 0 && slopes[i + 1] === 0
        ? `H${text(to.x)}`
        : `C${text(from.x + out)} ${text(from.y + out * (slopes[i] ?? 0))} ${text(to.x - into)} ${text(to.y - into * (slopes[i + 1] ?? 0))} ${text(to.x)} ${text(to.y)}`;
    from = to;
  }
  return path;
}

function slopesOf(points: readonly GraphPoint[]): number[] {
  return points.map((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (before === undefined || after === undefined) return 0;
    const left = (point.y - before.y) / Math.max(1, point.x - before.x);
    const right = (after.y - point.y) / Math.max(1, after.x - point.x);
    return left * right <= 0 ? 0 : (2 * left * right) / (left + right);
  });
}

/** Where a label stands on the line: half its length along the points. */
export function middleOf(points: readonly GraphPoint[]): GraphPoint {
  const lengths = points.slice(1).map((to, i) => Math.hypot(to.x - (points[i]?.x ?? 0), to.y - (points[i]?.y ?? 0)));
  let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (const [i, length] of lengths.entries()) {
    const from = points[i];
    const to = points[i + 1];
    if (from === undefined || to === undefined) break;
    if (left <= length) {
      const part = length === 0 ? 0 : left / length;
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    }
    left -= length;
  }
  return points[0] ?? { x: 0, y: 0 };
}
