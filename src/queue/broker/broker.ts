/**
 * What this queue needs of a broker, whichever it is: mailboxes. Nothing of what it carries is believed for having come over it, and nothing is
 * kept there: order, repetition and who it is from are the business of the channel above (channel.ts, handshake.ts). So a broker needs to be
 * told nothing, and may lose everything at any moment.
 */
export interface Broker {
  /**
   * One connection, which ends when it is lost; whoever wants another asks again. Rejects with a CodedError: `queue.broker_unreachable`,
   * `queue.broker_refused` (the password, for one), `queue.broker_unfit`.
   */
  connect(events: BrokerEvents): Promise<BrokerConnection>;
}

export interface BrokerEvents {
  /** Once, unless it was we who closed it. `reason` is for a person. */
  lost(reason: string): void;
  /** Nobody holds the mailbox that something was sent to, or it takes no more, as `why` then says. A broker that cannot know says nothing. */
  undelivered(mailbox: string, why?: string): void;
}

export interface BrokerConnection {
  /** The largest message it carries. */
  readonly maxBytes: number;
  /**
   * Takes what is sent to a mailbox: letters, digits, `-` and dots between them. Everyone who holds it hears everything, except that of those who hold it
   * as `shared` one hears each message. Resolves when the broker knows. The function ends it.
   */
  hold(mailbox: string, kind: 'own' | 'shared', take: (message: Uint8Array) => void): Promise<() => void>;
  /** What one sends to one mailbox arrives in that order, or is lost. Never throws. */
  send(mailbox: string, message: Uint8Array): void;
  /** Resolves after what was sent has left. */
  close(): Promise<void>;
  /** Drops it at once. */
  terminate(): void;
}

/** Below this not even the first words of a worker fit into a message. */
export const LEAST_MAX_BYTES = 8 * 1024;
