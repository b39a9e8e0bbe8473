/** A new server's part when it takes over from a running one; takeover-messages.ts says who says what. */
import { CodedError } from '../lib/coded-error.ts';
import { openWebSocket } from '../lib/system/web-socket-client.ts';
import {
  type FromPredecessor,
  type FromSuccessor,
  readFromPredecessor,
  TAKEOVER_PATH,
  TAKEOVER_PROTOCOL,
} from './takeover-messages.ts';
import { VERSION } from './version.ts';

export interface Predecessor {
  readonly pid: number;
  readonly port: number;
  /** Resolves when it does nothing any more and its locks are free. From then on this server counts, or the other goes on when it is gone. Asking twice is asking once. */
  pause(): Promise<void>;
  /** New connections come here, and what still comes to the other is handed on to `socket`. Resolves when it knows. */
  replace(socket: string): Promise<void>;
  /** Lets it go on, unless it was replaced. */
  leave(): void;
}

/** Short words between two processes of one machine; a server that is held up for longer should not be taken over from. */
const ANSWER_MS = 20_000;

/** The server whose private socket this is; `undefined` when there is none. Throws `takeover.refused`, `takeover.lost`. */
export async function findPredecessor(socket: string): Promise<Predecessor | undefined> {
  const open = Promise.withResolvers<boolean>();
  let waiting: PromiseWithResolvers<FromPredecessor> | undefined;
  let gone: CodedError | undefined;
  const link = openWebSocket(
    { socket, path: TAKEOVER_PATH },
    {},
    {
      open: () => open.resolve(true),
      frame: (bytes) => {
        try {
          waiting?.resolve(readFromPredecessor(new TextDecoder().decode(bytes)));
        } catch (error) {
          waiting?.reject(lost('what it says cannot be read', error));
        }
      },
      closed: () => {
        gone = lost('it is gone, or ended the conversation');
        open.resolve(false);
        waiting?.reject(gone);
      },
    },
  );

  async function ask<Kind extends FromPredecessor['kind']>(
    message: FromSuccessor,
    kind: Kind,
  ): Promise<Extract<FromPredecessor, { kind: Kind }>> {
    if (gone !== undefined) throw gone;
    const answer = Promise.withResolvers<FromPredecessor>();
    waiting = answer;
    const timer = setTimeout(() => answer.reject(lost('it does not answer')), ANSWER_MS);
    link.send(new TextEncoder().encode(JSON.stringify(message)));
    const said = await answer.promise.finally(() => clearTimeout(timer));
    if (said.kind === 'refused') {
      throw new CodedError('takeover.refused', `the running server does not hand over: ${said.why}`, {
        hint: 'stop it (SIGQUIT lets its builds finish), then start this one',
      });
    }
    if (said.kind !== kind) throw lost(`it says ${said.kind} instead of ${kind}`);
    return said as Extract<FromPredecessor, { kind: Kind }>;
  }

  if (!(await open.promise)) return undefined;
  const hello = { kind: 'hello', protocol: TAKEOVER_PROTOCOL, version: VERSION, pid: process.pid } as const;
  const { pid, port } = await ask(hello, 'here');
  let paused: Promise<unknown> | undefined;
  return {
    pid,
    port,
    async pause() {
      paused ??= ask({ kind: 'pause' }, 'paused');
      await paused;
    },
    async replace(own) {
      try {
        await ask({ kind: 'serving', socket: own }, 'over');
      } catch {
        // It is gone. It did nothing any more, and what it had is ours: nobody is left to be told.
      }
      link.close(1000, '');
    },
    leave: () => link.terminate(),
  };
}

function lost(why: string, cause?: unknown): CodedError {
  return new CodedError('takeover.lost', `the running server was lost while this one took over: ${why}`, {
    hint: 'look whether it runs, and start this one again',
    cause,
  });
}
