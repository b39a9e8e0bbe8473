import { isPassing } from './kafka-failures.ts';
import type { KafkaNode, OutgoingRecord } from './kafka-node.ts';

export interface NodeWriterParts {
  readonly open: () => Promise<KafkaNode>;
  /** The largest batch that the broker takes for a partition. */
  readonly batchBytes: () => number;
  /** Something that was to be sent is lost. */
  readonly failed: (error: unknown) => void;
}

/** Of all partitions in one request. */
const REQUEST_BYTES = 4 * 1024 * 1024;
export const BATCH_OVERHEAD_BYTES = 61;
const RECORD_OVERHEAD_BYTES = 40;
/** A topic that was just made is known to its leader a moment later. */
const PASSING_MS = 3_000;
const PAUSE_MS = 30;

/** Of a record beside its value, at most. */
export const recordOverhead = (key: string): number => RECORD_OVERHEAD_BYTES + key.length;

/** Writes to one broker, one request at a time and in order; what comes while one is under way goes together in the next. */
export class NodeWriter {
  readonly #parts: NodeWriterParts;
  readonly #queue: OutgoingRecord[] = [];
  #node: KafkaNode | undefined;
  #running: Promise<void> | undefined;
  #ended = false;

  constructor(parts: NodeWriterParts) {
    this.#parts = parts;
  }

  send(record: OutgoingRecord): void {
    if (this.#ended) return;
    this.#queue.push(record);
    this.#running ??= this.#run();
  }

  /** Resolves when everything has been written, or never will be. */
  async written(): Promise<void> {
    await this.#running;
  }

  terminate(): void {
    this.#ended = true;
    this.#node?.terminate();
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#ended) await this.#write(this.#nextBatches());
    } catch (error) {
      if (!this.#ended) this.#parts.failed(error);
    } finally {
      this.#running = undefined;
    }
  }

  /** As much from the front as one request may hold. */
  #nextBatches(): OutgoingRecord[] {
    const most = this.#parts.batchBytes();
    const batches = new Map<string, number>();
    let all = 0;
    let count = 0;
    for (const { topic, partition, key, value } of this.#queue) {
      const bytes = recordOverhead(key) + value.byteLength;
      const batch = `${topic}/${partition}`;
      const together = (batches.get(batch) ?? BATCH_OVERHEAD_BYTES) + bytes;
      all += bytes;
      if (count > 0 && (together > most || all > REQUEST_BYTES)) break;
      batches.set(batch, together);
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #write(records: readonly OutgoingRecord[]): Promise<void> {
    const until = performance.now() + PASSING_MS;
    let left = records;
    for (;;) {
      // A connection that nobody used for minutes is closed by the broker.
      if (!this.#node?.isOpen) this.#node = await this.#parts.open();
      const { written, error } = await this.#node.produce(left);
      left = left.filter((record) => !written(record));
      if (left.length === 0) return;
      if (!isPassing(error) || performance.now() > until || this.#ended) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
