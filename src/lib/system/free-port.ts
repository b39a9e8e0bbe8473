import { createServer } from 'node:net';
import { CodedError } from '../coded-error.ts';

/**
 * A TCP port nobody listens on just now, for a program that cannot be told "port 0". Somebody else may take it before you
 * do: be ready to ask again.
 */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(0, host, listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    throw new CodedError('network.no_port', `cannot find a free port on ${host}`, { cause: error });
  }
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port');
  return address.port;
}
