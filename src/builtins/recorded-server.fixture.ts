/** A server on loopback that answers as a test says and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PreparedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Breaks the connection off instead of ending the answer. */
  readonly breakOff?: boolean;
}

export interface RecordedServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
}

export type Respond = (request: RecordedRequest, before: number) => PreparedAnswer | Promise<PreparedAnswer>;

/** With `tls` it speaks https. */
export async function startRecordedServer(
  respond: Respond,
  tls?: { readonly key: string; readonly cert: string },
): Promise<RecordedServer> {
  const requests: RecordedRequest[] = [];
  const listener: Parameters<typeof createServer>[1] = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const recorded = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    requests.push(recorded);
    const answer = await respond(recorded, requests.length - 1);
    response.writeHead(answer.status ?? 200, answer.headers);
    if (answer.breakOff === true) {
      response.write(answer.body ?? '', () => response.destroy());
      return;
    }
    response.end(answer.body);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
