import { gridPlaces, rowPlaces } from './card-grid.ts';
import { edgePath } from './edge-path.ts';
import { bundleEdges, type GraphEdgeKind, type GraphNode, type GraphView } from './graph-view.ts';

/** A graph seen from afar: one mark for each node, in a box of a given size. */
export interface CardView {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly CardMark[];
  /** Whether there is room for a name below each mark. */
  readonly labels: boolean;
  readonly edges: readonly { readonly id: string; readonly d: string; readonly kind: GraphEdgeKind }[];
}

export interface CardMark {
  readonly id: string;
  readonly kind: GraphNode['kind'];
  readonly label: string;
  /** The middle of the mark. */
  readonly x: number;
  readonly y: number;
  /** Of a mark of 16 px; smaller where many stand close. */
  readonly scale: number;
}

/**
 * Shrinks a view to marks: boxes with names cannot be read at this size, so only the places and the lines are kept. Width and height are
 * scaled apart, so that a long pipeline stays a line and a wide one a fan, and both fill the box; nothing is ever blown up. Where marks would
 * stand closer than they are large, columns are broken into blocks, if that gives them more room.
 */
export function cardView(view: GraphView, box: { readonly width: number; readonly height: number }): CardView {
  const centres = view.nodes.map((node) => ({ node, x: node.x + node.width / 2, y: node.y + node.height / 2 }));
  const few = centres.length <= MAX_NAMED;
  const side = few ? NAMED_MARGIN : MARGIN;
  const columns = axis(
    centres.map((centre) => centre.x),
    side,
    box.width - side,
    few ? 130 : 72,
  );
  const rows = axis(
    centres.map((centre) => centre.y),
    MARGIN,
    box.height - (few ? NAME_FOOT : MARGIN),
    few ? 36 : 30,
  );
  const inPlace = centres.map(({ node, x, y }) => ({ node, x: columns.at(x), y: rows.at(y) }));
  const moved = blocksOf(centres, box, few, closest(inPlace));
  const shrunk = moved ?? inPlace;
  const scale = Math.max(0.4, Math.min(1, closest(shrunk) / MARK));
  const places = new Map(
    shrunk.map(({ node, x, y }) => [
      node.id,
      { id: node.id, kind: node.kind, label: node.label, x, y, scale: tidy(scale) },
    ]),
  );
  const edges = bundleEdges(view.edges).flatMap((bundle) => {
    const from = places.get(bundle.from);
    const to = places.get(bundle.to);
    if (from === undefined || to === undefined) return [];
    const between = (moved !== undefined ? [] : bundle.points.slice(1, -1)).map((point) => ({
      x: columns.at(point.x),
      y: rows.at(point.y),
    }));
    const middle = between.filter((point) => point.x > from.x && point.x < to.x);
    return [{ id: `${bundle.from} ${bundle.to}`, d: edgePath([from, ...middle, to]), kind: bundle.kind }];
  });
  const labels = few && roomForNames(shrunk);
  return { width: box.width, height: box.height, labels, marks: [...places.values()], edges };
}

interface Shrunk {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

/** The marks in rows and blocks, where that shows more than the columns of the full picture, in which marks are `apart` at the least. */
function blocksOf(
  centres: readonly Shrunk[],
  box: { readonly width: number; readonly height: number },
  few: boolean,
  apart: number,
): Shrunk[] | undefined {
  const side = few ? NAMED_MARGIN : MARGIN;
  const foot = few ? NAME_FOOT : MARGIN;
  const area = { left: side, top: MARGIN, width: box.width - 2 * side, height: box.height - MARGIN - foot };
  const row = few ? rowPlaces(centres, area) : undefined;
  const grid = row === undefined && apart < MARK ? gridPlaces(centres, area) : undefined;
  const places = row ?? (grid !== undefined && grid.apart > apart ? grid.places : undefined);
  return places && centres.flatMap(({ node }, i) => placed(node, places[i]));
}

function placed(node: GraphNode, place: { readonly x: number; readonly y: number } | undefined): Shrunk[] {
  return place === undefined ? [] : [{ node, x: tidy(place.x), y: tidy(place.y) }];
}

/** The least distance between two marks, by the longer of both axes: marks are about square. */
function closest(marks: readonly { readonly x: number; readonly y: number }[]): number {
  const sorted = [...marks].sort((a, b) => a.x - b.x);
  let least = Number.POSITIVE_INFINITY;
  for (const [i, a] of sorted.entries()) {
    for (let k = i + 1; k < sorted.length; k++) {
      const b = sorted[k];
      if (b === undefined || b.x - a.x >= least) break;
      least = Math.min(least, Math.max(b.x - a.x, Math.abs(b.y - a.y)));
    }
  }
  return least;
}

/** A mark of full size, and a little air. */
const MARK = 18;
const MARGIN = 10;
const MAX_NAMED = 6;
const NAMED_MARGIN = 44;
const NAME_FOOT = 26;

/** A name is about twice the margin wide, and stands below its mark. */
function roomForNames(marks: readonly { readonly x: number; readonly y: number }[]): boolean {
  return marks.every((a, i) =>
    marks.slice(i + 1).every((b) => Math.abs(a.x - b.x) >= 2 * NAMED_MARGIN - 8 || Math.abs(a.y - b.y) >= 30),
  );
}

interface Axis {
  at(value: number): number;
}

/** Maps what lies between the least and the greatest value into `[start, end]`, neighbours at most `widest` apart, in the middle. */
function axis(values: readonly number[], start: number, end: number, widest: number): Axis {
  const places = new Set(values);
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  if (places.size < 2) return { at: () => tidy((start + end) / 2) };
  const factor = Math.min((end - start) / span, (widest * (places.size - 1)) / span);
  const offset = start + (end - start - span * factor) / 2;
  return { at: (value) => tidy(offset + (value - low) * factor) };
}

const tidy = (value: number): number => Math.round(value * 100) / 100;
