import type { GlyphStatus } from './status-glyph.ts';

/** Colours of a picture that stands alone, in sRGB because not every SVG viewer reads OKLCH; pages use their own tokens. */
export interface GraphTheme {
  readonly page: string;
  readonly node: string;
  readonly line: string;
  readonly edge: string;
  readonly text: string;
  readonly quiet: string;
  readonly status: Readonly<Record<GlyphStatus, string>>;
}

export type GraphThemeName = 'light' | 'dark';

export const GRAPH_THEMES: Readonly<Record<GraphThemeName, GraphTheme>> = {
  light: {
    page: '#f8f8f9',
    node: '#ffffff',
    line: '#dcdde0',
    edge: '#a9acb2',
    text: '#1d1f23',
    quiet: '#62666e',
    status: {
      waiting_for_approval: '#7c3fd0',
      pending: '#7d818a',
      running: '#2465d8',
      succeeded: '#1c8548',
      failed: '#cf2d35',
      errored: '#c35a06',
      cancelled: '#7d818a',
      skipped: '#7d818a',
      warning: '#a87300',
      paused: '#586274',
      pinned: '#a87300',
      held: '#7c3fd0',
      none: '#a9acb2',
    },
  },
  dark: {
    page: '#131417',
    node: '#1b1d21',
    line: '#303339',
    edge: '#5b6069',
    text: '#e7e8ea',
    quiet: '#9a9ea7',
    status: {
      waiting_for_approval: '#b58af5',
      pending: '#8b9099',
      running: '#6ba2f8',
      succeeded: '#4dba74',
      failed: '#f2656a',
      errored: '#ee8f45',
      cancelled: '#8b9099',
      skipped: '#8b9099',
      warning: '#dcae3f',
      paused: '#97a3b8',
      pinned: '#dcae3f',
      held: '#b58af5',
      none: '#5b6069',
    },
  },
};
