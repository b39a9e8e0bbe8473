import type { GlyphStatus } from '../../graph/status-glyph.ts';

const TOKENS: Readonly<Record<GlyphStatus, string>> = {
  waiting_for_approval: '--needs',
  pending: '--waiting',
  running: '--running',
  succeeded: '--passed',
  failed: '--failed',
  errored: '--errored',
  cancelled: '--waiting',
  skipped: '--waiting',
  warning: '--warning',
  paused: '--held',
  pinned: '--warning',
  held: '--needs',
  none: '--line-strong',
};

export const statusColour = (status: GlyphStatus): string => `var(${TOKENS[status]})`;
