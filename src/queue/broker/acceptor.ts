/** The server's side of a broker: hears the hellos of workers, and gives each that is believed to the queue's end as a link. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { errorText } from '../../lib/coded-error.ts';
import type { ServerEnd } from '../link/server-end.ts';
import { BroadcastLetters } from './broadcast-letters.ts';
import type { Broker, BrokerConnection } from './broker.ts';
import { LETTER, sessionOf } from './channel.ts';
import { hearHello, type JudgeToken, type ServerIdentity } from './handshake.ts';
import { ACCEPT_MAILBOX, mailboxPrefix, newServerMailbox, SERVERS_MAILBOX } from './mailboxes.ts';
import { ServerSession } from './server-session.ts';
import { brokerProblem } from './worker-link.ts';

export interface AcceptorOptions {
  readonly broker: Broker;
  readonly identity: ServerIdentity;
  readonly judge: JudgeToken;
  readonly end: Pick<ServerEnd, 'connect' | 'tell'>;
  readonly clock: Clock;
  /** Told when the broker is reached, and why it is not. */
  readonly onState?: ((state: { readonly connected: true } | { readonly error: string }) => void) | undefined;
  /** Told of every message that is not believed. */
  readonly onForeign?: ((why: string) => void) | undefined;
  /** Told whom we turned away, and why. */
  readonly onRefused?: ((reason: string) => void) | undefined;
  readonly backOffMs?: { readonly first: number; readonly most: number } | undefined;
}

/** Workers that said hello and have not shown yet that they are there; the oldest make room. */
const MAX_WAITING = 1_000;
const WAIT_MS = 10_000;
/** Of a worker that says something every 2 s. */
const SILENCE_MS = 10_000;

export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #prefix: string;
  readonly #mailbox = newServerMailbox();
  readonly #letters: BroadcastLetters;
  readonly #sessions = new Map<string, ServerSession>();
  readonly #ready = Promise.withResolvers<void>();
  #connection: BrokerConnection | undefined;
  #stopAccepting: (() => void) | undefined;
  #accepting = true;
  #closed = false;
  #failures = 0;
  #redial: NodeJS.Timeout | undefined;

  constructor(options: AcceptorOptions) {
    this.#options = options;
    const { identity } = options;
    this.#prefix = mailboxPrefix(identity.signing.publicKey);
    this.#letters = new BroadcastLetters(Buffer.from(identity.signing.seed, 'base64'), randomBytes(16));
    void this.#connect();
  }

  /** Resolves when workers are heard for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Tells the other servers what their workers should hear, too. */
  broadcast(body: Uint8Array): void {
    this.#connection?.send(this.#prefix + SERVERS_MAILBOX, this.#letters.write(body));
  }

  /** New workers go to another server. */
  stopAccepting(): void {
    this.#accepting = false;
    this.#stopAccepting?.();
  }

  /** After the end was closed, so that what it had to say has been said. */
  async close(): Promise<void> {
    this.#stop();
    await this.#connection?.close();
    for (const session of [...this.#sessions.values()]) session.lost();
  }

  /** As a killed process ends: without a word. */
  abandon(): void {
    this.#stop();
    this.#connection?.terminate();
    for (const session of [...this.#sessions.values()]) session.lost();
  }

  #stop(): void {
    this.#closed = true;
    clearTimeout(this.#redial);
  }

  async #connect(): Promise<void> {
    const { broker, onState } = this.#options;
    try {
      const connection = await broker.connect({
        lost: (reason) => this.#lost(reason),
        undelivered: (mailbox) => this.#undelivered(mailbox),
      });
      if (this.#closed) return connection.terminate();
      this.#connection = connection;
      await connection.hold(this.#prefix + this.#mailbox, 'own', (message) => this.#packet(message));
      await connection.hold(this.#prefix + SERVERS_MAILBOX, 'own', (message) => this.#heardOfServer(message));
      if (this.#accepting) {
        const stop = await connection.hold(this.#prefix + ACCEPT_MAILBOX, 'shared', (message) => {
          this.#hello(message, connection).catch((error: unknown) => {
            this.#foreign(`a hello that could not be looked at: ${errorText(error)}`);
          });
        });
        this.#stopAccepting = stop;
        if (!this.#accepting) stop();
      }
      this.#failures = 0;
      onState?.({ connected: true });
      this.#ready.resolve();
    } catch (error) {
      this.#connection?.terminate();
      this.#lost(brokerProblem(error));
    }
  }

  #lost(reason: string): void {
    this.#connection = undefined;
    this.#stopAccepting = undefined;
    for (const session of [...this.#sessions.values()]) session.lost();
    if (this.#closed) return;
    this.#options.onState?.({ error: reason });
    const { first, most } = this.#options.backOffMs ?? { first: 100, most: 5_000 };
    const pauseMs = Math.min(most, first * 2 ** Math.min(this.#failures++, 20)) * (0.5 + Math.random() / 2);
    clearTimeout(this.#redial);
    this.#redial = setTimeout(() => void this.#connect(), pauseMs);
  }

  async #hello(message: Uint8Array, broker: BrokerConnection): Promise<void> {
    const { identity, judge, clock } = this.#options;
    const heard =
      message[0] === LETTER.hello ? await hearHello(message, { identity, judge, mailbox: this.#mailbox }) : undefined;
    if (heard === undefined) this.#foreign('a hello of somebody without a token of ours');
    if (heard === undefined || broker !== this.#connection) return;
    const mailbox = this.#prefix + heard.mailbox;
    if (heard.accepted) {
      const { keys } = heard.accepted;
      const id = Buffer.from(keys.session).toString('hex');
      this.#makeRoom();
      const session = new ServerSession({
        ...{ ...heard.accepted, mailbox, broker, clock },
        connect: (link, { from, instance }) => this.#options.end.connect(link, from, instance, SILENCE_MS),
        onForeign: (why) => this.#foreign(why),
        onGone: () => this.#sessions.delete(id),
      });
      this.#sessions.set(id, session);
    } else this.#options.onRefused?.(heard.refused ?? '');
    broker.send(mailbox, heard.welcome);
  }

  #makeRoom(): void {
    const since = this.#options.clock.now() - WAIT_MS;
    const waiting = [...this.#sessions.values()].filter((session) => !session.begun);
    const over = waiting.length - MAX_WAITING;
    for (const [i, session] of waiting.entries()) if (i <= over || session.madeAt < since) session.terminate();
  }

  #packet(message: Uint8Array): void {
    const session = this.#sessions.get(sessionOf(message) ?? '');
    if (session) session.receive(message);
    else this.#foreign('a message of no worker that is connected');
  }

  #heardOfServer(message: Uint8Array): void {
    const letter = this.#letters.read(message);
    if (letter === undefined) this.#foreign('a broadcast of none of our servers');
    else if (letter !== 'own') this.#options.end.tell(letter);
  }

  #undelivered(mailbox: string): void {
    for (const session of [...this.#sessions.values()]) if (session.mailbox === mailbox) session.lost();
  }

  #foreign(why: string): void {
    this.#options.onForeign?.(why);
  }
}
