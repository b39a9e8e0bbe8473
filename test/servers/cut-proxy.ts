/** A way to a server on loopback that a test can cut: no word to either side, and nobody gets through while it is shut. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection; new ones get through. */
  cut(): void;
  /** Cuts every connection, and those that come. */
  shut(): void;
  /** Connections stand and new ones come about, but nothing comes through, in neither direction. */
  stall(): void;
  /** After `shut` or `stall`: everything gets through, what waited too. */
  open(): void;
}

/** What a server says on its way to the client; `port` is the proxy's. */
export type Rewrite = (said: Buffer, port: number) => Buffer;

/** Where it listens, and where what it is a way to listens; loopback unless said otherwise. */
export interface WayHosts {
  readonly near?: string | undefined;
  readonly far?: string | undefined;
}

const LOOPBACK = '127.0.0.1';

export async function startCutProxy(
  target: number,
  rewrite?: Rewrite,
  { near: nearHost = LOOPBACK, far: farHost = LOOPBACK }: WayHosts = {},
): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'shut' | 'stalled' = 'open';
  const server = createServer((near) => {
    if (state === 'shut') {
      near.destroy();
      return;
    }
    const far = connect(target, farHost);
    near.setNoDelay(true);
    far.setNoDelay(true);
    for (const [side, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(side);
      side.on('error', () => other.destroy());
      side.on('close', () => {
        sockets.delete(side);
        other.destroy();
      });
      if (side === far && rewrite !== undefined) side.pipe(rewriting(rewrite, near)).pipe(other);
      else side.pipe(other);
      if (state === 'stalled') side.pause();
    }
  });
  server.listen(0, nearHost);
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of [...sockets]) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut,
    shut() {
      state = 'shut';
      cut();
    },
    stall() {
      state = 'stalled';
      for (const socket of sockets) socket.pause();
    },
    open() {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const rewriting = (rewrite: Rewrite, near: Socket): Transform =>
  new Transform({
    transform: (said: Buffer, _, pass) => pass(null, rewrite(said, near.localPort ?? 0)),
  });
