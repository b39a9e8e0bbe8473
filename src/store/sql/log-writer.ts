/**
 * Turns the log events of one batch into chunks: what one step wrote in a row becomes one, so that the database gets batches and not
 * lines. A chunk has the number of its last event: who has seen everything up to a number has seen every chunk up to it, and lacks the later
 * ones whole.
 */
import type { Instant } from '../../lib/clock.ts';
import type { AttemptId } from '../../lib/ids.ts';
import type { LogChunk } from '../records.ts';

/** A chunk this long is not added to. */
const FULL = 256 * 1024;

/** How much of a step's log is stored. */
export interface LogCounter {
  readonly bytes: number;
  /** Line feeds so far. */
  readonly lines: number;
}

interface Open {
  seq: number;
  readonly at: Instant;
  readonly parts: Uint8Array[];
  size: number;
}

export class LogWriter {
  readonly #attemptId: AttemptId;
  readonly #counters: Map<string, LogCounter>;
  readonly #open = new Map<string, Open>();
  readonly #chunks: LogChunk[] = [];

  /** `counters`: of the steps that the batch writes to, as they stand in the store; a step not among them has no log yet. */
  constructor(attemptId: AttemptId, counters: ReadonlyMap<string, LogCounter>) {
    this.#attemptId = attemptId;
    this.#counters = new Map(counters);
  }

  add(step: string, seq: number, at: Instant, bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    const open = this.#open.get(step);
    if (open !== undefined && open.size + bytes.byteLength <= FULL) {
      open.parts.push(bytes);
      open.size += bytes.byteLength;
      open.seq = seq;
      return;
    }
    this.endChunk(step);
    this.#open.set(step, { seq, at, parts: [bytes], size: bytes.byteLength });
  }

  /** Something else happened to the step: what it writes after that is another chunk. */
  endChunk(step: string): void {
    const open = this.#open.get(step);
    if (open === undefined) return;
    this.#open.delete(step);
    const before = this.#counters.get(step) ?? { bytes: 0, lines: 0 };
    const [only] = open.parts;
    const bytes = open.parts.length === 1 && only !== undefined ? only : Buffer.concat(open.parts);
    this.#counters.set(step, { bytes: before.bytes + open.size, lines: before.lines + countLines(bytes) });
    this.#chunks.push({
      attemptId: this.#attemptId,
      seq: open.seq,
      step,
      at: open.at,
      offset: before.bytes,
      firstLine: before.lines,
      bytes,
    });
  }

  /** All chunks by number, and how the counters stand after them. */
  finish(): { readonly chunks: readonly LogChunk[]; readonly counters: ReadonlyMap<string, LogCounter> } {
    for (const step of [...this.#open.keys()]) this.endChunk(step);
    return { chunks: this.#chunks.sort((a, b) => a.seq - b.seq), counters: this.#counters };
  }
}

const LINE_FEED = 10;

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}
