import { applySgr, PLAIN, type SgrStyle } from './sgr.ts';

/** A run of text of one look. `href` only ever begins with http:// or https://. */
export interface Span {
  readonly text: string;
  readonly style: SgrStyle;
  readonly href?: string;
}

/** More of a line is not drawn: one line of a megabyte would stop the page. The raw log has it all. */
export const MAX_DRAWN = 10_000;

export interface ParsedLine {
  readonly spans: readonly Span[];
  /** How many more characters the line has than were drawn. */
  readonly cut: number;
}

const ESC = 0x1b;
const BEL = 0x07;

/**
 * Reads a line as a terminal would, and lets only SGR through. Text is handed over as it will be shown; `sgr` gets the parameters.
 *
 * Stripped: other CSI (cursor, erase, device queries), OSC (titles, links, clipboard) and the string sequences DCS, SOS, PM, APC to their
 * end or the line's, and two-byte escapes. Other control bytes are shown as their pictures, so that nothing hides.
 */
function scan(raw: string, from: number, text: (shown: string) => void, sgr: (params: string) => void): void {
  let start = from;
  let at = from;
  while (at < raw.length) {
    const code = raw.charCodeAt(at);
    if (code === ESC) {
      if (at > start) text(raw.slice(start, at));
      const end = escapeEnd(raw, at);
      if (raw[at + 1] === '[' && raw[end - 1] === 'm') {
        const params = raw.slice(at + 2, end - 1);
        if (/^[0-9;:]*$/.test(params)) sgr(params);
      }
      at = end;
      start = at;
    } else if (isShownAsPicture(code)) {
      if (at > start) text(raw.slice(start, at));
      text(picture(code));
      at += 1;
      start = at;
    } else {
      at += 1;
    }
  }
  if (at > start) text(raw.slice(start, at));
}

/** The index behind the escape sequence that begins at `at`. */
function escapeEnd(raw: string, at: number): number {
  const kind = raw[at + 1];
  if (kind === undefined) return at + 1;
  if (kind === '[') {
    let i = at + 2;
    while (i < raw.length && isBetween(raw.charCodeAt(i), 0x20, 0x3f)) i += 1;
    return i < raw.length && isBetween(raw.charCodeAt(i), 0x40, 0x7e) ? i + 1 : i;
  }
  if (kind === ']' || kind === 'P' || kind === 'X' || kind === '^' || kind === '_') {
    for (let i = at + 2; i < raw.length; i++) {
      const code = raw.charCodeAt(i);
      if (code === BEL && kind === ']') return i + 1;
      if (code === ESC) return raw[i + 1] === '\\' ? i + 2 : i;
    }
    return raw.length;
  }
  let i = at + 1;
  while (i < raw.length && isBetween(raw.charCodeAt(i), 0x20, 0x2f)) i += 1;
  return i < raw.length && isBetween(raw.charCodeAt(i), 0x30, 0x7e) ? i + 1 : i;
}

const isBetween = (code: number, low: number, high: number): boolean => code >= low && code <= high;

/** Control characters except tab, and what turns the direction of text around, which could make a line lie. */
function isShownAsPicture(code: number): boolean {
  return (
    (code < 0x20 && code !== 0x09) ||
    isBetween(code, 0x7f, 0x9f) ||
    isBetween(code, 0x202a, 0x202e) ||
    isBetween(code, 0x2066, 0x2069) ||
    code === 0x2028 ||
    code === 0x2029
  );
}

function picture(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return code < 0x100 ? `\\x${code.toString(16)}` : `\\u${code.toString(16)}`;
}

/**
 * Where the part begins that is seen when the line is over: a lone carriage return goes back to the start, so a progress bar's earlier
 * states are covered by its last. Those at the very end (`\r\n`) only end the line.
 */
function seenPart(raw: string): { from: number; to: number } {
  let to = raw.length;
  while (to > 0 && raw.charCodeAt(to - 1) === 0x0d) to -= 1;
  return { from: raw.lastIndexOf('\r', to - 1) + 1, to };
}

/** The style in force behind a line. */
export function styleAfter(raw: string, style: SgrStyle): SgrStyle {
  if (!raw.includes('\u001b')) return style;
  scan(
    raw,
    0,
    () => undefined,
    (params) => {
      style = applySgr(style, params);
    },
  );
  return style;
}

/** What a person reads, for search. */
export function plainText(raw: string): string {
  const { from, to } = seenPart(raw);
  let plain = '';
  scan(
    raw.slice(0, to),
    from,
    (shown) => {
      plain += shown;
    },
    () => undefined,
  );
  return plain;
}

/** A line without its line feed, as spans; `style` is what was in force before it. */
export function parseLine(raw: string, style: SgrStyle = PLAIN): ParsedLine {
  const { from, to } = seenPart(raw);
  if (from > 0) style = styleAfter(raw.slice(0, from), style);
  const spans: { text: string; style: SgrStyle }[] = [];
  let drawn = 0;
  let cut = 0;
  scan(
    raw.slice(0, to),
    from,
    (shown) => {
      const part = shown.slice(0, Math.max(0, MAX_DRAWN - drawn));
      drawn += part.length;
      cut += shown.length - part.length;
      if (part === '') return;
      const last = spans.at(-1);
      if (last !== undefined && last.style === style) last.text += part;
      else spans.push({ text: part, style });
    },
    (params) => {
      style = applySgr(style, params);
    },
  );
  return { spans: withLinks(spans), cut };
}

const LINK = /\bhttps?:\/\/[^\s<>"'`\\^{}|]+/g;

/** Finds addresses in a line's text; an address may run through several colours. Only http and https become links. */
export function findLinks(text: string): { start: number; end: number; href: string }[] {
  const links: { start: number; end: number; href: string }[] = [];
  for (const match of text.matchAll(LINK)) {
    let href = match[0].replace(/[.,;:!?]+$/, '');
    // "(see https://example.com/a_(b))": a closing bracket belongs to the address only when it was opened in it.
    while (/[)\]]$/.test(href)) {
      const open = href.endsWith(')') ? '(' : '[';
      const close = href.endsWith(')') ? ')' : ']';
      if (href.split(open).length >= href.split(close).length) break;
      href = href.slice(0, -1).replace(/[.,;:!?]+$/, '');
    }
    if (!/^https?:\/\/[^/]/.test(href) || !URL.canParse(href)) continue;
    links.push({ start: match.index, end: match.index + href.length, href });
  }
  return links;
}

function withLinks(spans: readonly Span[]): readonly Span[] {
  const text = spans.map((span) => span.text).join('');
  if (!text.includes('://')) return spans;
  let cut = spans;
  for (const link of findLinks(text)) {
    cut = cutSpans(cut, [link]).map(({ span, inside }) => (inside ? { ...span, href: link.href } : span));
  }
  return cut;
}

/** Cuts spans at the borders of ranges (of UTF-16 units of the line's text, in order, apart) and says which lie in one. */
export function cutSpans(
  spans: readonly Span[],
  ranges: readonly { readonly start: number; readonly end: number }[],
): { span: Span; inside: boolean; range: number }[] {
  const pieces: { span: Span; inside: boolean; range: number }[] = [];
  let at = 0;
  let next = 0;
  for (const span of spans) {
    const end = at + span.text.length;
    let from = at;
    while (from < end) {
      const range = ranges[next];
      if (range === undefined || range.start >= end) {
        pieces.push({ span: part(span, from - at, end - at), inside: false, range: -1 });
        from = end;
      } else if (range.start > from) {
        pieces.push({ span: part(span, from - at, range.start - at), inside: false, range: -1 });
        from = range.start;
      } else {
        const to = Math.min(end, range.end);
        if (to > from) pieces.push({ span: part(span, from - at, to - at), inside: true, range: next });
        from = Math.max(from, to);
        if (range.end <= to) next += 1;
      }
    }
    at = end;
  }
  return pieces;
}

const part = (span: Span, from: number, to: number): Span =>
  from === 0 && to === span.text.length ? span : { ...span, text: span.text.slice(from, to) };
