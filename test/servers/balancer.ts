/** A load balancer as simple as they come: each connection goes to the next server in turn, and to another where one does not answer. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Ports of loopback. A connection that is there stays where it is. */
  setTargets(ports: readonly number[]): void;
}

export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let targets: readonly number[] = [];
  let turn = 0;

  function pass(near: Socket, left: number): void {
    const port = targets[turn++ % Math.max(1, targets.length)];
    if (port === undefined || left === 0) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    far.setNoDelay(true);
    sockets.add(far);
    let up = false;
    far.on('connect', () => {
      up = true;
      near.pipe(far);
      far.pipe(near);
    });
    far.on('error', () => undefined);
    far.on('close', () => {
      sockets.delete(far);
      if (up) near.destroy();
      else pass(near, left - 1);
    });
    near.on('close', () => far.destroy());
  }

  const server = createServer((near) => {
    near.setNoDelay(true);
    sockets.add(near);
    near.on('error', () => undefined);
    near.on('close', () => sockets.delete(near));
    pass(near, targets.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    setTargets(ports) {
      targets = ports;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...sockets]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
