/** A colour as SGR names it: one of 256, or red, green and blue from 0 to 255. */
export type SgrColour =
  | { readonly kind: 'palette'; readonly index: number }
  | { readonly kind: 'rgb'; readonly red: number; readonly green: number; readonly blue: number };

/** How text looks until the next SGR sequence. Never changed in place, so lines may share one. */
export interface SgrStyle {
  readonly ink?: SgrColour;
  readonly ground?: SgrColour;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
}

export const PLAIN: SgrStyle = Object.freeze({});

type Attribute = 'bold' | 'dim' | 'italic' | 'underline' | 'strike' | 'inverse';

const ON: Readonly<Record<number, Attribute>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  9: 'strike',
  21: 'underline',
};
const OFF: Readonly<Record<number, readonly Attribute[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
};

/**
 * The style after `ESC [ params m` (ECMA-48 and ISO 8613-6). Both `38;2;r;g;b` and `38:2::r:g:b` are read. What is unknown (blink, fonts,
 * concealed: a log has nothing to hide) is passed over, and so is a colour that is cut short or out of range.
 */
export function applySgr(style: SgrStyle, params: string): SgrStyle {
  if (params === '' || params === '0') return PLAIN;
  let next: { -readonly [Key in keyof SgrStyle]: SgrStyle[Key] } = { ...style };
  const groups = params.split(';');
  for (let i = 0; i < groups.length; i++) {
    const parts = (groups[i] ?? '').split(':').map((part) => (part === '' ? undefined : Number(part)));
    const code = parts[0] ?? 0;
    if (code === 0) {
      next = {};
    } else if (code === 4 && parts[1] === 0) {
      delete next.underline;
    } else if (code === 38 || code === 48) {
      const own = parts.length > 1;
      const found = own ? colonColour(parts) : semicolonColour(groups.slice(i + 1));
      if (!own) i += found.used;
      if (found.colour !== undefined) next[code === 38 ? 'ink' : 'ground'] = found.colour;
    } else if (code === 39) {
      delete next.ink;
    } else if (code === 49) {
      delete next.ground;
    } else {
      const base = baseColour(code);
      if (base !== undefined) next[base.layer] = { kind: 'palette', index: base.index };
      const on = ON[code];
      if (on !== undefined) next[on] = true;
      for (const off of OFF[code] ?? []) delete next[off];
    }
  }
  return Object.keys(next).length === 0 ? PLAIN : next;
}

function baseColour(code: number): { layer: 'ink' | 'ground'; index: number } | undefined {
  if (code >= 30 && code <= 37) return { layer: 'ink', index: code - 30 };
  if (code >= 40 && code <= 47) return { layer: 'ground', index: code - 40 };
  if (code >= 90 && code <= 97) return { layer: 'ink', index: code - 82 };
  if (code >= 100 && code <= 107) return { layer: 'ground', index: code - 92 };
  return undefined;
}

function semicolonColour(rest: readonly string[]): { colour?: SgrColour; used: number } {
  const numbers = rest.slice(0, 4).map((part) => (part === '' ? 0 : Number(part)));
  const used = numbers[0] === 5 ? 2 : numbers[0] === 2 ? 4 : 0;
  const colour = colourOf(numbers[0], numbers.slice(1));
  return colour === undefined ? { used } : { colour, used };
}

/** `38:5:n`, `38:2:r:g:b`, or `38:2:space:r:g:b` with a colour space that is ignored. */
function colonColour(parts: readonly (number | undefined)[]): { colour?: SgrColour; used: number } {
  const values = parts.slice(2);
  const colour = colourOf(
    parts[1],
    (values.length > 3 ? values.slice(1) : values).map((value) => value ?? 0),
  );
  return colour === undefined ? { used: 0 } : { colour, used: 0 };
}

function colourOf(mode: number | undefined, values: readonly number[]): SgrColour | undefined {
  const isByte = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;
  const [first, second, third] = values;
  if (mode === 5 && isByte(first)) return { kind: 'palette', index: first };
  if (mode === 2 && isByte(first) && isByte(second) && isByte(third)) {
    return { kind: 'rgb', red: first, green: second, blue: third };
  }
  return undefined;
}

const CUBE = [0, 95, 135, 175, 215, 255] as const;

/** Red, green and blue of what is not one of the theme's own sixteen. */
function channels(colour: SgrColour): readonly [number, number, number] | undefined {
  if (colour.kind === 'rgb') return [colour.red, colour.green, colour.blue];
  const { index } = colour;
  if (index < 16) return undefined;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const at = index - 16;
  return [CUBE[Math.floor(at / 36)] ?? 0, CUBE[Math.floor(at / 6) % 6] ?? 0, CUBE[at % 6] ?? 0];
}

/** As CSS: the first sixteen are the theme's own, the others what every terminal takes them for. */
export function cssColour(colour: SgrColour): string {
  const rgb = channels(colour);
  return rgb === undefined ? `var(--ansi-${colour.kind === 'palette' ? colour.index : 0})` : `rgb(${rgb.join(' ')})`;
}

/** As an ink the theme's black must be told from a dark page, as a ground it must stay dark. */
const isBlack = (colour: SgrColour): boolean => colour.kind === 'palette' && colour.index === 0;

/** An ink that can be read on a ground, for text that brought none: the log's own may be as light or as dark as the ground. */
function inkOn(ground: SgrColour): string {
  const rgb = channels(ground);
  if (rgb === undefined) return isBlack(ground) ? '#fff' : 'var(--log)';
  return rgb[0] * 0.299 + rgb[1] * 0.587 + rgb[2] * 0.114 > 140 ? '#000' : '#fff';
}

/** CSS of a style, for an element's `style`; nothing for plain text. */
export function cssOf(style: SgrStyle): Record<string, string> | undefined {
  if (style === PLAIN) return undefined;
  const css: Record<string, string> = {};
  const ink = style.ink && cssColour(style.ink);
  if (style.inverse) {
    css.color = style.ground ? cssColour(style.ground) : 'var(--log)';
    css.backgroundColor = ink ?? 'var(--log-text)';
  } else if (style.ground !== undefined) {
    css.color = ink ?? inkOn(style.ground);
    css.backgroundColor = isBlack(style.ground) ? 'var(--ansi-ground-0)' : cssColour(style.ground);
  } else if (ink !== undefined) {
    css.color = ink;
  }
  // Thin rather than pale: a pale colour can no longer be read.
  if (style.dim) {
    css.fontWeight = '300';
    css.color ??= 'var(--quiet)';
  }
  if (style.bold) css.fontWeight = '700';
  if (style.italic) css.fontStyle = 'italic';
  if (style.underline || style.strike) {
    css.textDecoration = [style.underline && 'underline', style.strike && 'line-through'].filter(Boolean).join(' ');
  }
  return css;
}
