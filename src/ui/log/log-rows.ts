import type { LogModel } from './log-model.ts';
import { rowsOf } from './wrap.ts';

/** Which rows a log has on the screen: one for each line, or more where lines are wrapped. All rows are equally high. */
export class LogRows {
  #columns: number | undefined;
  #model: LogModel;
  /** Number of the row behind each line, when wrapped. */
  #ends: number[] = [];
  #total = 0;

  /** `columns` undefined: lines are not wrapped. */
  constructor(model: LogModel, columns: number | undefined) {
    this.#model = model;
    this.#columns = columns;
    this.update();
  }

  /** Takes in lines that came behind. The line that was last may have grown, so it is measured again. */
  update(): void {
    if (this.#columns === undefined) {
      this.#total = this.#model.length;
      return;
    }
    this.#ends.length = Math.max(0, Math.min(this.#ends.length, this.#model.length) - 1);
    let end = this.#ends.at(-1) ?? 0;
    for (let line = this.#ends.length; line < this.#model.length; line++) {
      end += rowsOf(this.#drawn(line), this.#columns);
      this.#ends.push(end);
    }
    this.#total = end;
  }

  #drawn(line: number): string {
    const { spans } = this.#model.parsed(line);
    return spans.length === 1 ? (spans[0]?.text ?? '') : spans.map((span) => span.text).join('');
  }

  get total(): number {
    return this.#total;
  }

  firstRowOf(line: number): number {
    return this.#columns === undefined ? line : (this.#ends[line - 1] ?? 0);
  }

  /** The line a row belongs to, and which of its rows it is. */
  at(row: number): { readonly line: number; readonly part: number } {
    if (this.#columns === undefined) return { line: row, part: 0 };
    let low = 0;
    let high = this.#ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) > row) high = middle;
      else low = middle + 1;
    }
    return { line: low, part: row - this.firstRowOf(low) };
  }
}
