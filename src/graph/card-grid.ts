/** Where a mark stands, or the middle of a node of the full picture. */
interface Place {
  readonly x: number;
  readonly y: number;
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const MOST_APART = 36;
const LEAST_APART = 7;
/** Between what stands side by side in the full picture there is room for the lines. */
const BETWEEN_RANKS = 44;
/** Nodes of a rank have one middle; they were rounded. */
const SAME_RANK = 2;

/**
 * Places for the nodes of a picture with many in one column: each column is broken into a block of rows, read as text is, and the blocks stand
 * side by side in the order of the columns, as far apart as the area allows. `undefined` when they do not fit.
 */
export function gridPlaces(nodes: readonly Place[], area: Area): { places: Place[]; apart: number } | undefined {
  const ranks = ranksOf(nodes);
  for (let apart = MOST_APART; apart >= LEAST_APART; apart -= 1) {
    const rows = Math.floor(area.height / apart) + 1;
    const columns = ranks.map((rank) => Math.ceil(rank.length / rows));
    const between = Math.max(apart, BETWEEN_RANKS);
    const width = columns.reduce((sum, count) => sum + (count - 1) * apart, (ranks.length - 1) * between);
    if (width > area.width) continue;
    const places: Place[] = nodes.map(() => ({ x: 0, y: 0 }));
    let x = area.left + (area.width - width) / 2;
    for (const [r, rank] of ranks.entries()) {
      const across = columns[r] ?? 1;
      const down = Math.ceil(rank.length / across);
      const y = area.top + (area.height - (down - 1) * apart) / 2;
      for (const [i, node] of rank.entries()) {
        places[node] = { x: x + (i % across) * apart, y: y + Math.floor(i / across) * apart };
      }
      x += (across - 1) * apart + between;
    }
    return { places, apart };
  }
  return undefined;
}

/**
 * Places for a few nodes that all stand in one column: side by side, so that there is room for a name below each. `undefined` when there are
 * several columns.
 */
export function rowPlaces(nodes: readonly Place[], area: Area): Place[] | undefined {
  if (nodes.length < 2 || ranksOf(nodes).length !== 1) return undefined;
  const across = nodes.length <= 4 ? nodes.length : Math.ceil(nodes.length / 2);
  const down = Math.ceil(nodes.length / across);
  const apart = { x: Math.min(130, area.width / (across - 1)), y: Math.min(44, area.height) };
  const left = area.left + (area.width - (across - 1) * apart.x) / 2;
  const top = area.top + (area.height - (down - 1) * apart.y) / 2;
  const order = ranksOf(nodes)[0] ?? [];
  const places: Place[] = nodes.map(() => ({ x: 0, y: 0 }));
  for (const [i, node] of order.entries()) {
    places[node] = { x: left + (i % across) * apart.x, y: top + Math.floor(i / across) * apart.y };
  }
  return places;
}

/** Indexes of the nodes of each column, from left to right, each from top to bottom. */
function ranksOf(nodes: readonly Place[]): number[][] {
  const order = [...nodes.entries()].sort(([, a], [, b]) => a.x - b.x);
  const ranks: number[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [index, { x }] of order) {
    if (x - last > SAME_RANK) ranks.push([]);
    ranks.at(-1)?.push(index);
    last = x;
  }
  const yOf = (index: number): number => nodes[index]?.y ?? 0;
  return ranks.map((rank) => rank.sort((a, b) => yOf(a) - yOf(b)));
}
