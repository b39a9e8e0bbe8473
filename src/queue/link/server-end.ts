import { type Clock, systemClock } from '../../lib/clock.ts';
import type { ConnectionWatcher, Sender, ServerQueue } from '../queue.ts';
import { ServerCore, type ServerCoreOptions } from '../server-core.ts';
import { encodeFrame, FRAME } from './frames.ts';
import { Lanes } from './lanes.ts';
import { CLOSE, type Link } from './link.ts';
import { ServerConnection } from './server-connection.ts';

export interface ServerEndOptions extends ServerCoreOptions {
  readonly clock?: Clock | undefined;
  /** A worker that was silent for this long is taken for dead; must be well over its heartbeat. */
  readonly silenceMs?: number | undefined;
  /** Told what is broadcast, to bring it to workers of other servers. */
  readonly onBroadcast?: ((body: Uint8Array) => void) | undefined;
  /** Told once, when the close begins: from now on workers should go elsewhere. */
  readonly onClose?: (() => void) | undefined;
}

const DEFAULT_GRACE_MS = 5_000;
/** Silence is looked for often enough for this. */
const LEAST_SILENCE_MS = 10_000;

/** A server's end of the queue over any number of links, one for each worker process. */
export class ServerEnd implements ServerQueue {
  readonly #core: ServerCore;
  readonly #clock: Clock;
  readonly #lanes = new Lanes();
  readonly #connections = new Set<ServerConnection>();
  readonly #silenceMs: number;
  readonly #watchMs: number;
  readonly #watchers: ConnectionWatcher[] = [];
  readonly #onBroadcast: ((body: Uint8Array) => void) | undefined;
  readonly #onClose: (() => void) | undefined;
  #watch: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ServerEndOptions = {}) {
    this.#core = new ServerCore(options);
    this.#clock = options.clock ?? systemClock;
    this.#silenceMs = options.silenceMs ?? 35_000;
    this.#watchMs = Math.min(this.#silenceMs, LEAST_SILENCE_MS) / 4;
    this.#onBroadcast = options.onBroadcast;
    this.#onClose = options.onClose;
  }

  serve(handler: Parameters<ServerQueue['serve']>[0]): void {
    this.#core.serve(handler);
  }

  ingest(handler: Parameters<ServerQueue['ingest']>[0]): void {
    this.#core.ingest(handler);
  }

  async broadcast(body: Uint8Array): Promise<void> {
    this.tell(body);
    this.#onBroadcast?.(body);
  }

  /** To the workers that are connected to this server. */
  tell(body: Uint8Array): void {
    const frame = encodeFrame(FRAME.broadcast, 0, body);
    for (const connection of this.#connections) connection.send(frame);
  }

  watch(watcher: ConnectionWatcher): void {
    this.#watchers.push(watcher);
  }

  refuse(which: (from: Sender) => boolean, reason: string): void {
    for (const connection of [...this.#connections]) {
      if (which(connection.from)) connection.shut(CLOSE.refused, reason);
    }
  }

  /**
   * A worker whose credentials were accepted. `instance` names the worker's process: over its reconnections its messages stay in order, and
   * a new connection of it replaces the old one, which may be dead without knowing.
   */
  connect(
    link: Link,
    from: Sender,
    instance: string,
    silenceMs: number = this.#silenceMs,
  ): ServerConnection | undefined {
    if (this.#core.closing) {
      link.close(CLOSE.goingAway, 'the server is shutting down');
      return undefined;
    }
    const key = `${from.worker}\0${instance}`;
    for (const other of this.#connections) {
      if (other.key === key) other.shut(CLOSE.replaced, 'replaced by a newer connection of the same worker');
    }
    const connection: ServerConnection = new ServerConnection({
      link,
      from,
      key,
      silenceMs,
      core: this.#core,
      clock: this.#clock,
      lane: this.#lanes.of(key),
      onGone: () => {
        this.#forget(connection);
        for (const watcher of this.#watchers) watcher.gone?.(from);
      },
      onHeard: () => {
        for (const watcher of this.#watchers) watcher.heard?.(from);
      },
    });
    this.#connections.add(connection);
    if (this.#watch === undefined) {
      this.#lookedAt = performance.now();
      this.#watch = setInterval(() => this.#dropSilent(), this.#watchMs);
    }
    connection.send(encodeFrame(FRAME.welcome));
    return connection;
  }

  close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(options.graceMs ?? DEFAULT_GRACE_MS);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.#onClose?.();
    await this.#core.close(graceMs);
    for (const connection of [...this.#connections]) connection.shut(CLOSE.goingAway, 'the server is shutting down');
    clearInterval(this.#watch);
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.#lanes.release(connection.key);
    if (this.#connections.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** When we were held up ourselves (a stopped process, a busy machine), what workers said meanwhile is still to be read: they get another round. */
  #dropSilent(): void {
    const now = performance.now();
    const heldUp = now - this.#lookedAt > 2 * this.#watchMs;
    this.#lookedAt = now;
    if (heldUp) return;
    for (const connection of [...this.#connections]) {
      const { silenceMs, lastHeard } = connection;
      if (now - lastHeard > silenceMs) connection.shut(CLOSE.silent, `nothing heard for ${silenceMs} ms`);
    }
  }
}
