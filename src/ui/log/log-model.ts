import { type ParsedLine, parseLine, plainText, styleAfter } from './line-text.ts';
import { PLAIN, type SgrStyle } from './sgr.ts';

/** About a hundred megabytes in memory at the most, and some four hundred thousand lines as most programs print them. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
const PLACE_LINES = 2_000;

/**
 * The log of one step, as far as it was loaded: always one unbroken range that ends with the newest line. Earlier lines may be missing
 * at the front (`firstLine` > 0) and are put there by `prepend`.
 *
 * Kept as raw lines and the style each begins with, and parsed when drawn: a hundred thousand lines cost little more than their text.
 * So that a step that prints for days does not fill the browser, at most `limit` characters stay loaded; the oldest lines are let go, as if
 * they had never been sent. Line numbers and indexes count from 0.
 */
export class LogModel {
  /** Number of the first line that is loaded. */
  firstLine = 0;
  /** Where in the raw log that line begins, in bytes. */
  startOffset = 0;
  #lines: string[] = [];
  #styles: SgrStyle[] = [];
  #times: number[] = [];
  /** The line that is being written; `undefined` behind a line feed, when nothing of the next one has come. */
  #open: { raw: string; at: number } | undefined;
  #openStyle: SgrStyle = PLAIN;
  #characters = 0;
  readonly #limit: number;
  /** Lines whose place in the raw log is known, some thousand lines apart: only at one of these can the range begin. */
  #places: { readonly line: number; readonly offset: number }[] = [];

  constructor(limit = MAX_CHARACTERS) {
    this.#limit = limit;
  }

  /** Loaded lines, the one being written included. */
  get length(): number {
    return this.#lines.length + (this.#open === undefined ? 0 : 1);
  }

  /** `at`: when it was written, in milliseconds; 0 when that is not known. `offset`: where it stands in the raw log, in bytes. */
  append(text: string, at: number, offset?: number): void {
    this.#notePlace(offset);
    this.#characters += text.length;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const raw = (this.#open?.raw ?? '') + text.slice(start, end);
      this.#lines.push(raw);
      this.#styles.push(this.#openStyle);
      this.#times.push(this.#open?.at ?? at);
      this.#openStyle = styleAfter(raw, this.#openStyle);
      this.#open = undefined;
      start = end + 1;
    }
    if (start < text.length) {
      this.#open = { raw: (this.#open?.raw ?? '') + text.slice(start), at: this.#open?.at ?? at };
      this.#forgetCovered();
    }
    if (this.#characters > this.#limit) this.#letGoOldest();
  }

  #notePlace(offset: number | undefined): void {
    const line = this.firstLine + this.#lines.length;
    if (offset === undefined || this.#open !== undefined) return;
    if (line - (this.#places.at(-1)?.line ?? 0) >= PLACE_LINES) this.#places.push({ line, offset });
  }

  /** Lets go of about the older half. */
  #letGoOldest(): void {
    const middle = this.firstLine + this.#lines.length / 2;
    const place = this.#places.findLast(({ line }) => line <= middle && line > this.firstLine);
    if (place === undefined) return;
    const count = place.line - this.firstLine;
    for (const raw of this.#lines.splice(0, count)) this.#characters -= raw.length + 1;
    this.#styles.splice(0, count);
    this.#times.splice(0, count);
    this.#places = this.#places.filter(({ line }) => line > place.line);
    this.firstLine = place.line;
    this.startOffset = place.offset;
  }

  /** A progress bar that never ends its line must not grow for ever: what a carriage return has covered is dropped. */
  #forgetCovered(): void {
    if (this.#open === undefined || this.#open.raw.length < 4_096) return;
    const back = this.#open.raw.lastIndexOf('\r', this.#open.raw.length - 2);
    if (back < 0) return;
    this.#openStyle = styleAfter(this.#open.raw.slice(0, back), this.#openStyle);
    this.#characters -= back + 1;
    this.#open = { ...this.#open, raw: this.#open.raw.slice(back + 1) };
  }

  /** Bytes were left out, the next `append` goes on at `offset`: what was loaded is let go, to stay one range. */
  skipTo(offset: number, firstLine: number): void {
    this.#lines = [];
    this.#styles = [];
    this.#times = [];
    this.#open = undefined;
    this.#openStyle = PLAIN;
    this.#characters = 0;
    this.#places = [];
    this.firstLine = firstLine;
    this.startOffset = offset;
  }

  /**
   * Puts text in front that ends exactly where the loaded range begins. `offset`: where the text begins in the raw log, at the start of a
   * line. Returns how many lines came in front.
   */
  prepend(text: string, offset: number): number {
    // What somebody asked for is not counted: it would be let go again at once.
    const parts = text.split('\n');
    const joint = parts.pop() ?? '';
    if (this.#lines.length > 0) this.#lines[0] = joint + (this.#lines[0] ?? '');
    else if (this.#open !== undefined) this.#open = { ...this.#open, raw: joint + this.#open.raw };
    else if (joint !== '') this.#open = { raw: joint, at: 0 };
    this.#lines = parts.concat(this.#lines);
    this.#times = new Array<number>(parts.length).fill(0).concat(this.#times);
    this.#restyle();
    this.firstLine = Math.max(0, this.firstLine - parts.length);
    this.startOffset = offset;
    return parts.length;
  }

  #restyle(): void {
    let style = PLAIN;
    this.#styles = this.#lines.map((raw) => {
      const before = style;
      style = styleAfter(raw, style);
      return before;
    });
    this.#openStyle = style;
  }

  raw(index: number): string {
    return this.#lines[index] ?? (index === this.#lines.length ? (this.#open?.raw ?? '') : '');
  }

  /** When the line began, 0 if not known. */
  timeOf(index: number): number {
    return this.#times[index] ?? (index === this.#lines.length ? (this.#open?.at ?? 0) : 0);
  }

  parsed(index: number): ParsedLine {
    return parseLine(this.raw(index), this.#styles[index] ?? this.#openStyle);
  }

  text(index: number): string {
    return plainText(this.raw(index));
  }
}
