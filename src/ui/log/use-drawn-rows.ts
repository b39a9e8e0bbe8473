import { type ComputedRef, computed, type Ref, watch } from 'vue';
import { absoluteTime, clockTime } from '../time/format.ts';
import { cutSpans, type Span } from './line-text.ts';
import type { LogModel } from './log-model.ts';
import type { LogRows } from './log-rows.ts';
import { logSettings } from './log-settings.ts';
import type { useSearch } from './use-search.ts';
import { wrapSpans } from './wrap.ts';

/** A run of a row's text, and whether the search found it. */
export interface Piece {
  readonly span: Span;
  readonly found: boolean;
  readonly now: boolean;
}

export interface DrawnRow {
  readonly key: string;
  /** Of its line, counted from 1. */
  readonly number: number;
  /** The first of its line's rows: only it has a number and a time. */
  readonly isFirst: boolean;
  readonly isMarked: boolean;
  readonly time: string;
  readonly title: string | undefined;
  readonly pieces: readonly Piece[];
}

export interface DrawnFrom {
  log(): LogModel;
  grown(): number;
  line(): number | undefined;
  readonly front: Ref<number>;
  readonly columns: Ref<number | undefined>;
  readonly rows: Ref<LogRows>;
  readonly search: Pick<ReturnType<typeof useSearch>, 'byLine' | 'current'>;
  /** Rows from `first` up to but not with `last`. */
  range(): { readonly first: number; readonly last: number };
}

/**
 * The rows on the screen. One that only scrolls along is neither parsed nor compared again: it is kept, the same object, until anything
 * changes that may concern every row.
 */
export function useDrawnRows(from: DrawnFrom): ComputedRef<{ first: number; list: readonly DrawnRow[] }> {
  const { front, columns, rows, search } = from;
  let kept = new Map<string, DrawnRow>();
  watch(
    [from.log, from.line, front, columns, search.byLine, search.current, () => logSettings.value.times],
    () => {
      kept = new Map();
    },
    { flush: 'sync' },
  );
  return computed(() => {
    // Named here because a row that is kept does not read them again.
    void [from.line(), columns.value, front.value, from.grown()];
    void [search.byLine.value, search.current.value, logSettings.value.times];
    const log = from.log();
    const { first, last } = from.range();
    const before = kept;
    kept = new Map();
    const list: DrawnRow[] = [];
    let parsed: { line: number; parts: Piece[][] } | undefined;
    for (let row = first; row < last; row++) {
      const { line, part } = rows.value.at(row);
      const number = log.firstLine + line + 1;
      const key = `${number}.${part}`;
      let one = before.get(key);
      if (one === undefined) {
        if (parsed?.line !== line) parsed = { line, parts: piecesOf(log, line, columns.value, search) };
        const at = part === 0 ? log.timeOf(line) : 0;
        one = {
          key,
          number,
          isFirst: part === 0,
          isMarked: number === from.line(),
          time: at === 0 ? '' : clockTime(at),
          title: at === 0 ? undefined : absoluteTime(at),
          pieces: parsed.parts[part] ?? [],
        };
      }
      list.push(one);
      // The last line may still grow.
      if (line < log.length - 1) kept.set(key, one);
    }
    return { first, list };
  });
}

/** A line's rows, cut where it is wrapped and where the search found something. */
function piecesOf(log: LogModel, line: number, columns: number | undefined, search: DrawnFrom['search']): Piece[][] {
  const { spans, cut } = log.parsed(line);
  const more = {
    text: ` … ${cut.toLocaleString('en')} more characters, see the raw log`,
    style: { dim: true } as const,
  };
  const whole = cut > 0 ? [...spans, more] : spans;
  const lines = columns === undefined ? [whole] : wrapSpans(whole, columns);
  const found = search.byLine.value.get(line);
  if (found === undefined) return lines.map((part) => part.map((span) => ({ span, found: false, now: false })));
  let offset = 0;
  return lines.map((part) => {
    const length = part.reduce((sum, span) => sum + span.text.length, 0);
    const here = found
      .map(({ match, index }) => ({
        start: Math.max(0, match.start - offset),
        end: Math.min(length, match.end - offset),
        index,
      }))
      .filter((range) => range.start < range.end);
    offset += length;
    return cutSpans(part, here).map((piece) => ({
      span: piece.span,
      found: piece.inside,
      now: piece.inside && here[piece.range]?.index === search.current.value,
    }));
  });
}
