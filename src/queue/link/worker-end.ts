import { PendingRequest } from '../pending-request.ts';
import type { QueueState, RequestOptions, WorkerQueue } from '../queue.ts';
import {
  closedError,
  failureOf,
  MAX_MESSAGE_BYTES,
  refusedError,
  tooLargeError,
  unreachableError,
} from '../queue-errors.ts';
import { StateBoard } from '../state-board.ts';
import { decodeFrame, encodeFrame, FRAME } from './frames.ts';
import { CLOSE, type Dial, type Link } from './link.ts';
import { Outbox } from './outbox.ts';

export interface WorkerEndOptions {
  /** A ping goes this often; two and a half times as long without a sign of life and the connection counts as dead. */
  readonly heartbeatMs?: number | undefined;
  /** The pause before the first and the longest before a later attempt to connect; half of it is random. */
  readonly backOffMs?: { readonly first: number; readonly most: number } | undefined;
  /** How long an attempt to connect may take. */
  readonly connectMs?: number | undefined;
}

/**
 * A worker's end of the queue over one link at a time, dialled when it is first used and again whenever it is lost.
 * Each connection has its own generation, so that a late event of an old one is not taken for one of the new.
 */
export class WorkerEnd implements WorkerQueue {
  readonly #dial: Dial;
  readonly #options: Required<{ [K in keyof WorkerEndOptions]: NonNullable<WorkerEndOptions[K]> }>;
  readonly #board = new StateBoard();
  readonly #outbox = new Outbox();
  readonly #requests = new Map<number, { readonly request: PendingRequest; readonly frame: Uint8Array }>();
  readonly #listeners = new Set<(body: Uint8Array) => void>();
  #started = false;
  #final: Error | undefined;
  #generation = 0;
  #failures = 0;
  #link: Link | undefined;
  #welcomed = false;
  #lastHeard = 0;
  #requestId = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #beatAt = 0;
  #redial: NodeJS.Timeout | undefined;

  constructor(dial: Dial, options: WorkerEndOptions = {}) {
    this.#dial = dial;
    this.#options = {
      heartbeatMs: options.heartbeatMs ?? 10_000,
      backOffMs: options.backOffMs ?? { first: 100, most: 5_000 },
      connectMs: options.connectMs ?? 10_000,
    };
  }

  async request(body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    this.#begin();
    if (body.byteLength > MAX_MESSAGE_BYTES) throw tooLargeError(body.byteLength);
    options.signal?.throwIfAborted();
    const id = ++this.#requestId;
    const request = new PendingRequest(
      options,
      () => {
        this.#requests.delete(id);
        if (request.sent) this.#send(encodeFrame(FRAME.cancel, id));
      },
      () => this.#whyNot(),
    );
    const entry = { request, frame: encodeFrame(FRAME.request, id, body) };
    this.#requests.set(id, entry);
    if (this.#welcomed) this.#ask(entry);
    return request.answer;
  }

  async emit(body: Uint8Array): Promise<void> {
    this.#begin();
    if (body.byteLength > MAX_MESSAGE_BYTES) throw tooLargeError(body.byteLength);
    await this.#outbox.add(body);
  }

  listen(handler: (body: Uint8Array) => void): () => void {
    this.#begin();
    const own = (body: Uint8Array): void => handler(body);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  onState(handler: (state: QueueState) => void): () => void {
    if (!this.#final) this.#begin();
    return this.#board.watch(handler);
  }

  async close(): Promise<void> {
    if (this.#board.state.kind === 'closed') return;
    const link = this.#link;
    this.#end(closedError(), { kind: 'closed' });
    link?.close(1000, 'the worker is leaving');
  }

  #begin(): void {
    if (this.#final) throw this.#final;
    if (this.#started) return;
    this.#started = true;
    this.#connect();
  }

  #connect(): void {
    const generation = ++this.#generation;
    const current = (): boolean => generation === this.#generation;
    this.#redial = setTimeout(() => this.#lost('no answer to the attempt to connect'), this.#options.connectMs);
    this.#link = this.#dial({
      open: () => undefined,
      frame: (bytes) => {
        if (current()) this.#receive(bytes);
      },
      closed: (code, reason) => {
        if (!current()) return;
        if (code === CLOSE.refused) this.#end(refusedError(reason), { kind: 'refused', error: reason });
        else this.#lost(reason || `the connection was closed (${code})`);
      },
    });
  }

  #receive(bytes: Uint8Array): void {
    this.#lastHeard = performance.now();
    const frame = decodeFrame(bytes);
    if (!frame) {
      this.#lost('the other end does not speak the protocol of this queue');
      return;
    }
    switch (frame.kind) {
      case FRAME.welcome:
        this.#welcome();
        break;
      case FRAME.answer:
        this.#takeRequest(frame.number)?.resolve(frame.body);
        break;
      case FRAME.failed:
        this.#takeRequest(frame.number)?.reject(failureOf(new TextDecoder().decode(frame.body)));
        break;
      case FRAME.ack:
        this.#outbox.acknowledge(frame.number);
        break;
      case FRAME.broadcast:
        for (const listener of [...this.#listeners]) listener(frame.body);
        break;
    }
  }

  #welcome(): void {
    if (this.#welcomed) return;
    clearTimeout(this.#redial);
    this.#welcomed = true;
    this.#failures = 0;
    this.#beatAt = performance.now();
    this.#heartbeat = setInterval(() => this.#beat(), this.#options.heartbeatMs);
    this.#board.set({ kind: 'connected' });
    for (const entry of this.#requests.values()) this.#ask(entry);
    this.#outbox.connected((frame) => this.#send(frame), this.#link?.windowBytes);
  }

  /** When we were held up ourselves, what the server said meanwhile is still to be read: it gets another beat. */
  #beat(): void {
    const now = performance.now();
    const heldUp = now - this.#beatAt > 2 * this.#options.heartbeatMs;
    this.#beatAt = now;
    const silentMs = now - this.#lastHeard;
    const silent = silentMs > 2.5 * this.#options.heartbeatMs;
    if (silent && !heldUp) this.#lost(`nothing heard for ${Math.round(silentMs)} ms`);
    else this.#send(encodeFrame(FRAME.ping));
  }

  #ask(entry: { readonly request: PendingRequest; readonly frame: Uint8Array }): void {
    entry.request.sent = true;
    this.#send(entry.frame);
  }

  #takeRequest(id: number): PendingRequest | undefined {
    const request = this.#requests.get(id)?.request;
    this.#requests.delete(id);
    return request;
  }

  #send(frame: Uint8Array): void {
    this.#link?.send(frame);
  }

  #whyNot(): string {
    const state = this.#board.state;
    return state.kind === 'connecting' ? (state.error ?? 'the connection is not up yet') : `it is ${state.kind}`;
  }

  /** The connection is gone, or never came up. What was asked over it is answered by nobody; what was emitted goes over the next. */
  #lost(reason: string): void {
    this.#drop();
    this.#board.set({ kind: 'connecting', error: reason });
    for (const [id, { request }] of this.#requests) {
      if (!request.sent) continue;
      this.#requests.delete(id);
      request.reject(unreachableError(`the connection was lost before the answer (${reason})`));
    }
    const { first, most } = this.#options.backOffMs;
    const pauseMs = Math.min(most, first * 2 ** Math.min(this.#failures++, 20)) * (0.5 + Math.random() / 2);
    this.#redial = setTimeout(() => this.#connect(), pauseMs);
  }

  #end(error: Error, state: QueueState): void {
    this.#final = error;
    this.#drop();
    this.#board.set(state);
    for (const { request } of this.#requests.values()) request.reject(error);
    this.#requests.clear();
    this.#outbox.rejectAll(error);
    this.#listeners.clear();
  }

  #drop(): void {
    this.#generation++;
    this.#welcomed = false;
    clearTimeout(this.#redial);
    clearInterval(this.#heartbeat);
    this.#outbox.disconnected();
    const link = this.#link;
    this.#link = undefined;
    if (!this.#final) link?.terminate();
  }
}
