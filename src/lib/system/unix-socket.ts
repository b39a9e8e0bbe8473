import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CodedError } from '../coded-error.ts';

/** What the kernel's `sun_path` holds, its final zero byte not counted. */
const MAX_PATH_BYTES = 107;

let made = 0;

export interface UnixServer {
  /** From now on whoever comes to the path comes here; a server that was there before keeps the connections it has. */
  take(): void;
  /** Whether whoever comes to the path comes here. */
  isThere(): boolean;
  /** The path is left alone when another server has taken it meanwhile. */
  stop(): Promise<void>;
}

/**
 * Serves HTTP and WebSockets on a unix socket that only its owner can reach: directory 0700, socket 0600. What is at the path is replaced when
 * it is taken, so the caller must hold the lock of the directory by then. `take`: 'now' unless said otherwise.
 *
 * Fails with `socket.path_too_long` where the path does not fit into the kernel's address.
 */
export function serveUnixSocket<Data>(
  path: string,
  handlers: {
    readonly fetch: (
      request: Request,
      server: Bun.Server<Data>,
    ) => Response | undefined | Promise<Response | undefined>;
    readonly websocket: Bun.WebSocketHandler<Data>;
  },
  take: 'now' | 'later' = 'now',
): UnixServer {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new CodedError(
      'socket.path_too_long',
      `${path} is longer than the ${MAX_PATH_BYTES} bytes of a unix socket`,
      {
        hint: 'give --data-dir a shorter path',
      },
    );
  }
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  // Under a name of its own first, shorter than any that is asked for: the runtime removes the name it was given when the server stops, whoever has it by then.
  const aside = join(directory, `.${process.pid.toString(36)}.${(made++).toString(36)}`);
  rmSync(aside, { force: true });
  const server = Bun.serve<Data>({ unix: aside, fetch: handlers.fetch, websocket: handlers.websocket });
  chmodSync(aside, 0o600);
  const { ino } = statSync(aside);
  const isThere = (): boolean => statSync(path, { throwIfNoEntry: false })?.ino === ino;
  const unix: UnixServer = {
    take: () => renameSync(aside, path),
    isThere,
    async stop() {
      await server.stop(true);
      rmSync(aside, { force: true });
      if (isThere()) rmSync(path, { force: true });
    },
  };
  if (take === 'now') unix.take();
  return unix;
}
