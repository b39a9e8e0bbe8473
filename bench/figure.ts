import { assertNever } from '../src/lib/assert-never.ts';
import { median, quantile } from './statistics.ts';

export type Unit = 'ms' | 'lines/s' | 'builds/s' | 'MB/s' | 'MB' | '% of a core' | 'times';

/** What is counted as good. A ratio is ours over the peer's, both measured in this run. */
export type Goal =
  | { readonly kind: 'ratio'; readonly most: number }
  | { readonly kind: 'ratio-least'; readonly least: number }
  | { readonly kind: 'most'; readonly value: number }
  | { readonly kind: 'least'; readonly value: number };

/** One line of the table: samples of one measurement, and of what it is held against. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  /** Which quantile of the samples counts; the median unless said. */
  readonly at?: number;
  readonly peer?: { readonly name: string; readonly samples: readonly number[] };
  readonly goal?: Goal;
}

export interface Judged {
  readonly ours: number;
  readonly peers: number | undefined;
  readonly ratio: number | undefined;
  /** `undefined` where there is no goal, or nothing to hold it against. */
  readonly met: boolean | undefined;
}

export function judge(figure: Figure): Judged {
  const at = figure.at ?? 0.5;
  const ours = quantile(figure.samples, at);
  const peers = figure.peer === undefined ? undefined : quantile(figure.peer.samples, at);
  const ratio = peers === undefined || peers === 0 ? undefined : ours / peers;
  return { ours, peers, ratio, met: figure.goal === undefined ? undefined : isMet(figure.goal, ours, ratio) };
}

function isMet(goal: Goal, ours: number, ratio: number | undefined): boolean | undefined {
  switch (goal.kind) {
    case 'ratio':
      return ratio === undefined ? undefined : ratio <= goal.most;
    case 'ratio-least':
      return ratio === undefined ? undefined : ratio >= goal.least;
    case 'most':
      return ours <= goal.value;
    case 'least':
      return ours >= goal.value;
    default:
      return assertNever(goal);
  }
}

/** How far the samples lie apart: the middle half of them. */
export function spread(samples: readonly number[]): { readonly low: number; readonly high: number } {
  return samples.length < 2
    ? { low: median(samples), high: median(samples) }
    : { low: quantile(samples, 0.25), high: quantile(samples, 0.75) };
}
