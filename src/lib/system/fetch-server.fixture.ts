/** A server on loopback that answers requests as a function does, for tests. */
export function startFetchServer(answer: (request: Request) => Response | Promise<Response>) {
  const listening = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, fetch: answer });
  return { origin: `http://127.0.0.1:${listening.port}`, stop: () => listening.stop(true) };
}
