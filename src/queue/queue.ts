/**
 * The queue between workers and servers, as a port. It carries bytes; what they mean is in protocol/. The store is the truth, so any
 * message may be lost, repeated, reordered or late without harm, within what each operation promises below.
 *
 * An adapter has two ends, made separately, because they live in different processes: `ServerQueue` on every server and
 * `WorkerQueue` on every worker. Both connect lazily, reconnect with back-off by themselves, and survive a broker's restart.
 */

/**
 * Who sent something, as far as the transport knows: the worker's id from its credentials, never from the message's body. Everything of one connection
 * comes with the same object, and nothing of another does.
 */
export interface Sender {
  readonly worker: string;
  /** Names the token it showed; absent for one that needs none. */
  readonly token?: string | undefined;
  /** How it comes: `local`, `http`, or the name of the broker; and from where, if that is known. */
  readonly via?: string | undefined;
  readonly address?: string | undefined;
  /** Team the worker's credentials are limited to; absent: all teams. */
  readonly team?: string | undefined;
  /** Tags that the credentials let it say it has; absent: any. */
  readonly tags?: readonly string[] | undefined;
  /** When its credentials end, and with them the connection; absent: never. */
  readonly expiresAt?: number | undefined;
}

export interface ServerQueue {
  /**
   * Answers requests of workers. Several servers compete for one request. The handler may take as long as it likes (a `next` is
   * held up to 30 s); `signal` aborts when the asker is gone or as soon as the queue begins to close. Its answer goes to the asker alone. A handler that throws makes the
   * asker's `request` fail with `queue.handler_failed`; the message of the error does not travel.
   */
  serve(handler: (body: Uint8Array, from: Sender, signal: AbortSignal) => Promise<Uint8Array>): void;

  /**
   * Takes what workers emit. For one worker: in the order it was emitted, one at a time; for several: at once. A message is acknowledged
   * after the handler resolved. When it rejects the message comes again after a short while, before any later one of the same worker: what nobody will
   * ever be able to read is for the handler to put aside.
   */
  ingest(handler: (body: Uint8Array, from: Sender) => Promise<void>): void;

  /** To every worker connected now; best effort, no answer. */
  broadcast(body: Uint8Array): Promise<void>;

  /** Is told how connections of workers are. */
  watch(watcher: ConnectionWatcher): void;

  /** Closes the connections of workers that this is true of, as if their credentials had not been accepted: they do not come again. */
  refuse(which: (from: Sender) => boolean, reason: string): void;

  /** Stops taking new requests, lets handlers finish for up to `graceMs`, then closes. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

export interface ConnectionWatcher {
  /** A sign of life: a request, a message, a heartbeat. */
  heard?(from: Sender): void;
  /** Its connection is no more. */
  gone?(from: Sender): void;
}

export interface RequestOptions {
  /** How long to wait for the answer, connection time included. Then the request fails with `queue.timeout`. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WorkerQueue {
  /**
   * Asks the servers. Fails with a CodedError: `queue.timeout`, `queue.unreachable` (not connected within the time, or the connection went
   * before the answer), `queue.refused` (credentials not accepted: final, no retry will help), `queue.handler_failed`, `queue.too_large`,
   * `queue.closed`; or with the signal's own reason. At most once: it is never repeated by the transport.
   */
  request(body: Uint8Array, options: RequestOptions): Promise<Uint8Array>;

  /**
   * Sends something that must not be lost. Resolves once a server has stored it. Several may be under way; they arrive in the order of
   * the calls. While there is no connection it waits, and sends again what was not acknowledged, so a message can arrive twice.
   * Rejects only with `queue.closed`, `queue.refused`, or `queue.too_large` (at once; see MAX_MESSAGE_BYTES). The body is copied before it returns.
   */
  emit(body: Uint8Array): Promise<void>;

  /** Hears broadcasts. Returns the function that stops it. */
  listen(handler: (body: Uint8Array) => void): () => void;

  /** Told on every change of the connection, and once at the start. Returns the function that stops it. */
  onState(handler: (state: QueueState) => void): () => void;

  /** Closes at once; what was emitted and not acknowledged rejects with `queue.closed`. Idempotent. */
  close(): Promise<void>;
}

export type QueueState =
  | { readonly kind: 'connecting'; readonly error?: string | undefined }
  | { readonly kind: 'connected' }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'closed' };
