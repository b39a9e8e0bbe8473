/**
 * One shape for each status, so that none is told by colour alone: the same outlines on pages, in SVG files and in badges. Drawn by
 * hand in a box of 16 by 16.
 */

/** What can be said about a job, a build, a step or a check: their statuses, and what holds a job back. */
export type GlyphStatus =
  | 'waiting_for_approval'
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'errored'
  | 'cancelled'
  | 'skipped'
  | 'warning'
  | 'paused'
  | 'pinned'
  | 'held'
  | 'none';

/** `ink`: the status's colour; `paper`: the colour behind it; `faint`: the status's colour, thinned. */
export interface GlyphPart {
  readonly d: string;
  readonly fill?: 'ink' | 'paper';
  readonly stroke?: 'ink' | 'paper' | 'faint';
  readonly width?: number;
  readonly dash?: string;
  /** Turns around the middle while something runs. */
  readonly turns?: boolean;
}

const DISC = 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14z';
const RING = 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z';
const TICK = 'M4.9 8.3l2.2 2.2l4.1-4.6';

export const STATUS_GLYPHS: Readonly<Record<GlyphStatus, readonly GlyphPart[]>> = {
  succeeded: [
    { d: DISC, fill: 'ink' },
    { d: TICK, stroke: 'paper', width: 1.7 },
  ],
  // A wedge is cut out of the disc at the upper right.
  warning: [
    { d: 'M8 8L8.9 1.06A7 7 0 1 0 14.94 7.1z', fill: 'ink' },
    { d: 'M4.4 8.6l2.2 2.2l3.4-3.6', stroke: 'paper', width: 1.7 },
    { d: 'M11.4 1.2v2.6M11.4 5.4v.1', stroke: 'ink', width: 1.5 },
  ],
  failed: [
    {
      d: 'M3 1.5h10a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5h-10a1.5 1.5 0 0 1-1.5-1.5v-10a1.5 1.5 0 0 1 1.5-1.5z',
      fill: 'ink',
    },
    { d: 'M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4', stroke: 'paper', width: 1.7 },
  ],
  errored: [
    { d: 'M8 1.2L15.3 14.2a.6.6 0 0 1-.5.9H1.2a.6.6 0 0 1-.5-.9z', fill: 'ink' },
    { d: 'M8.9 5.2L6.7 9.6h2.6l-1.6 3.7', stroke: 'paper', width: 1.4 },
  ],
  running: [
    { d: RING, stroke: 'faint', width: 2 },
    { d: 'M8 2a6 6 0 0 1 6 6', stroke: 'ink', width: 2, turns: true },
  ],
  pending: [{ d: RING, stroke: 'ink', width: 1.6 }],
  waiting_for_approval: [
    { d: 'M8 .6L15.4 8L8 15.4L.6 8z', fill: 'ink' },
    {
      d: 'M5.9 8.4V6.3M7.4 8V4.9M8.9 8V5.1M10.3 8.4V6.2M5.9 8.3c0 2.2.8 3.1 2.2 3.1s2.2-1 2.2-3.1',
      stroke: 'paper',
      width: 1.1,
    },
  ],
  cancelled: [
    { d: RING, stroke: 'ink', width: 1.6 },
    { d: 'M5 8h6', stroke: 'ink', width: 1.8 },
  ],
  skipped: [{ d: RING, stroke: 'ink', width: 1.6, dash: '1.6 2.17' }],
  paused: [{ d: 'M5.5 3v10M10.5 3v10', stroke: 'ink', width: 2.6 }],
  pinned: [{ d: 'M5.5 1.8h5l-.7 4.4l2 2.4h-7.6l2-2.4zM8 8.8v5.6', stroke: 'ink', width: 1.4 }],
  held: [{ d: 'M8 1.4l5.6 2v4.2c0 3.4-2.3 5.9-5.6 7c-3.3-1.1-5.6-3.6-5.6-7V3.4z', stroke: 'ink', width: 1.5 }],
  none: [{ d: 'M8 6.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6z', fill: 'ink' }],
};

/** The word beside the shape. */
export const GLYPH_WORDS: Readonly<Record<GlyphStatus, string>> = {
  waiting_for_approval: 'needs you',
  pending: 'pending',
  running: 'running',
  succeeded: 'passed',
  failed: 'failed',
  errored: 'errored',
  cancelled: 'cancelled',
  skipped: 'skipped',
  warning: 'passed, with warnings',
  paused: 'paused',
  pinned: 'pinned',
  held: 'held',
  none: 'no builds yet',
};
