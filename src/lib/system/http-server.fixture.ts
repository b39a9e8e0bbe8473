/** Small HTTP servers on loopback, for tests of what fetches. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Servers that are closed together. */
export class HttpServers {
  readonly #servers: Server[] = [];

  /** Starts one; gives its port. */
  async start(answer: Answer): Promise<number> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    this.#servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a server on a port has a port');
    return address.port;
  }

  close(): void {
    for (const server of this.#servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  }
}
