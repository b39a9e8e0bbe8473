/** A running server's part when another takes over from it; takeover-messages.ts says who says what. */
import { assertNever } from '../lib/assert-never.ts';
import { errorText } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { steerConnections } from '../lib/system/listening-port.ts';
import { type FromPredecessor, type FromSuccessor, readFromSuccessor, TAKEOVER_PROTOCOL } from './takeover-messages.ts';
import { VERSION } from './version.ts';

export interface GivenOver {
  /** Where requests are handed on to. */
  readonly socket: string;
  readonly pid: number;
}

export interface GivingOver {
  readonly sockets: SuccessorSockets;
  /** Rejects when another began to take over, is gone, and this server cannot go on either. */
  readonly over: Promise<GivenOver>;
  /** From now on nobody can take over: this server is leaving. */
  end(): void;
}

/** What this needs of Bun's ServerWebSocket. */
interface SuccessorSocket {
  send(text: string): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** For `Bun.serve({ websocket })`. */
export interface SuccessorSockets {
  readonly data: object;
  message(socket: SuccessorSocket, text: string | Uint8Array): void;
  close(socket: SuccessorSocket): void;
}

interface Successor {
  readonly socket: SuccessorSocket;
  readonly pid: number;
  readonly version: string;
  paused: Promise<void> | undefined;
}

/** It may have a large database to migrate; who asks meanwhile waits. */
const PAUSE_MS = 60_000;

export function createGivingOver(parts: {
  readonly port: number;
  /** Does nothing any more, lets new requests wait, frees the locks. */
  readonly pause: () => Promise<void>;
  /** The opposite. Fails when that is not possible any more. */
  readonly resume: () => Promise<void>;
  readonly logger: Logger;
  readonly pauseMs?: number;
}): GivingOver {
  const { port, logger, pauseMs = PAUSE_MS } = parts;
  const over = Promise.withResolvers<GivenOver>();
  // Whoever leaves for another reason does not wait for it.
  over.promise.catch(() => undefined);
  let successor: Successor | undefined;
  let refusal: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = (socket: SuccessorSocket, message: FromPredecessor): void => void socket.send(JSON.stringify(message));
  function refuse(socket: SuccessorSocket, why: string): void {
    say(socket, { kind: 'refused', why });
    socket.close(1000);
  }

  function whyNot({ protocol }: Extract<FromSuccessor, { kind: 'hello' }>): string | undefined {
    if (successor !== undefined) return `process ${successor.pid} is taking over from it already`;
    if (protocol !== TAKEOVER_PROTOCOL) return `it is pikoci ${VERSION}, which hands over in another way`;
    try {
      steerConnections(port, 'earlier');
    } catch (error) {
      return errorText(error);
    }
    return undefined;
  }

  function begin(socket: SuccessorSocket, hello: Extract<FromSuccessor, { kind: 'hello' }>): void {
    const why = refusal ?? whyNot(hello);
    if (why !== undefined) {
      refuse(socket, why);
      return;
    }
    successor = { socket, pid: hello.pid, version: hello.version, paused: undefined };
    say(socket, { kind: 'here', version: VERSION, pid: process.pid, port });
  }

  async function pause(one: Successor): Promise<void> {
    logger.info(`handing over to pikoci ${one.version} (process ${one.pid})`);
    one.paused = parts.pause();
    await one.paused;
    if (successor !== one) return;
    say(one.socket, { kind: 'paused' });
    timer = setTimeout(() => {
      logger.error(`process ${one.pid} has not taken over within ${pauseMs / 1_000} s: ending it`);
      // Two must not serve, and it holds the locks.
      kill(one.pid);
      one.socket.terminate();
    }, pauseMs);
  }

  async function goOn(one: Successor): Promise<void> {
    clearTimeout(timer);
    successor = undefined;
    if (one.paused === undefined) {
      logger.warn(`process ${one.pid} is gone before it took over: going on as before`);
      return;
    }
    try {
      await one.paused;
      await parts.resume();
      logger.warn(`process ${one.pid} is gone before it had taken over: going on`);
    } catch (error) {
      over.reject(error);
    }
  }

  function hear(socket: SuccessorSocket, message: FromSuccessor): void {
    switch (message.kind) {
      case 'hello':
        begin(socket, message);
        break;
      case 'pause':
        if (successor?.socket === socket && successor.paused === undefined) {
          const one = successor;
          pause(one).catch((error: unknown) => refuse(socket, errorText(error)));
        }
        break;
      case 'serving':
        if (successor?.socket !== socket || successor.paused === undefined) return;
        clearTimeout(timer);
        refusal = 'another server has taken over from it';
        over.resolve({ socket: message.socket, pid: successor.pid });
        successor = undefined;
        say(socket, { kind: 'over' });
        break;
      default:
        assertNever(message);
    }
  }

  return {
    over: over.promise,
    sockets: {
      data: {},
      message(socket, text) {
        try {
          hear(socket, readFromSuccessor(String(text)));
        } catch (error) {
          refuse(socket, errorText(error));
        }
      },
      close(socket) {
        if (successor?.socket === socket) void goOn(successor);
      },
    },
    end() {
      clearTimeout(timer);
      refusal = 'it is leaving';
      successor?.socket.close(1000);
      successor = undefined;
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
