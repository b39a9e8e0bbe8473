import type { IncomingRecord, KafkaNode, PartitionName } from './kafka-node.ts';

/** Reads one partition from some record on, over a connection of its own: there the broker holds the question until something comes. */
export class PartitionReader {
  readonly #node: KafkaNode;
  readonly #name: PartitionName;
  readonly #take: (record: IncomingRecord) => void;
  #next: bigint;
  #ended = false;

  constructor(node: KafkaNode, name: PartitionName, from: bigint, take: (record: IncomingRecord) => void) {
    this.#node = node;
    this.#name = name;
    this.#next = from;
    this.#take = take;
  }

  /** Resolves when it was ended, rejects when it cannot go on. */
  async run(): Promise<void> {
    try {
      while (!this.#ended) {
        for (const record of await this.#node.fetch(this.#name, this.#next)) {
          if (this.#ended) return;
          this.#next = record.offset + 1n;
          this.#take(record);
        }
      }
    } catch (error) {
      if (!this.#ended) throw error;
    }
  }

  end(): void {
    this.#ended = true;
    this.#node.terminate();
  }
}
