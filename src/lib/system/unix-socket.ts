import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '../coded-error.ts';

/** What the kernel's `sun_path` holds, its final zero byte not counted. */
const MAX_PATH_BYTES = 107;

/**
 * Serves HTTP and WebSockets on a unix socket that only its owner can reach: directory 0700, socket 0600. A socket left there by a process that
 * was killed is replaced, so the caller must hold the lock of the directory.
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
): { stop(): Promise<void> } {
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
  rmSync(path, { force: true });
  const server = Bun.serve<Data>({ unix: path, fetch: handlers.fetch, websocket: handlers.websocket });
  chmodSync(path, 0o600);
  return {
    async stop() {
      await server.stop(true);
      rmSync(path, { force: true });
    },
  };
}
