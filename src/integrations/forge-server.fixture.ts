/** A forge as it was recorded: it answers what is prepared, and keeps what it was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Forge, ForgeKind } from './forge.ts';
import { openForge } from './open-forge.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ForgeServer extends AsyncDisposable {
  readonly forge: Forge;
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** `answer` is given the method and the path behind the API's address. */
export async function startForge(kind: ForgeKind, answer: (what: string, url: string) => Answer): Promise<ForgeServer> {
  const asked: Asked[] = [];
  let url = '';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const { method = '', url: path = '' } = request;
    asked.push({
      ...{ method, path, authorization: request.headers.authorization ?? '' },
      body: text === '' ? undefined : JSON.parse(text),
    });
    const { status = 200, headers, body } = answer(`${method} ${path.replace(/^\/api/, '')}`, url);
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    forge: openForge({ name: kind, kind, baseUrl: url, apiUrl: `${url}/api` }),
    ...{ url, asked },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
