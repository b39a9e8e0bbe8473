/**
 * One of several holders of a mailbox gets each message. A consumer group would do that too, with a pause whenever a member comes, and with a dead member's share
 * unread until its session ends. Instead all of them read everything, and who wants a message says so in the same partition: the first claim there has it, and all
 * see the same order. A dead holder claims nothing.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingRecord } from './kafka-node.ts';

export interface CompetitionParts {
  /** Writes into the partition of the mailbox. */
  readonly write: (key: string, value: Uint8Array) => void;
  readonly mailbox: string;
  readonly take: (message: Uint8Array) => void;
  /** What lies before this was there when we came. */
  readonly since: bigint;
  readonly now: () => number;
}

/** How far back a holder that comes looks for messages that nobody claimed: whoever sent them may still wait. */
export const RECENT_RECORDS = 200n;
const RECENT_MS = 10_000;
const ID_BYTES = 16;
/** No mailbox has such a name. */
const CLAIM = '!claim';

export class Competition {
  readonly #parts: CompetitionParts;
  readonly #id = randomBytes(ID_BYTES);
  readonly #open = new Map<bigint, IncomingRecord>();
  /** What was there when we came has been read, with the claims on it. */
  #caughtUp = false;
  #stopped = false;

  constructor(parts: CompetitionParts) {
    this.#parts = parts;
  }

  /** All that comes in its partition, in order. */
  receive(record: IncomingRecord): void {
    const { mailbox, since } = this.#parts;
    if (record.key === mailbox) this.#message(record);
    else if (record.key === mailbox + CLAIM) this.#claim(record.value);
    if (this.#caughtUp || record.offset < since - 1n) return;
    this.#caughtUp = true;
    for (const waiting of this.#open.values()) this.#want(waiting);
  }

  /** What it claimed already it still takes. */
  stop(): void {
    this.#stopped = true;
  }

  #message(record: IncomingRecord): void {
    const { since, now } = this.#parts;
    const recent = record.offset >= since || now() - record.at < RECENT_MS;
    if (this.#stopped || !recent) return;
    this.#open.set(record.offset, record);
    if (this.#caughtUp) this.#want(record);
  }

  #want({ offset }: IncomingRecord): void {
    const claim = Buffer.alloc(8 + ID_BYTES);
    claim.writeBigInt64BE(offset);
    this.#id.copy(claim, 8);
    this.#parts.write(this.#parts.mailbox + CLAIM, claim);
  }

  #claim(claim: Uint8Array): void {
    if (claim.byteLength !== 8 + ID_BYTES) return;
    const offset = new DataView(claim.buffer, claim.byteOffset).getBigInt64(0);
    const message = this.#open.get(offset);
    this.#open.delete(offset);
    if (message !== undefined && Buffer.compare(claim.subarray(8), this.#id) === 0) this.#parts.take(message.value);
  }
}
