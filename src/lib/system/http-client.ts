/**
 * Requests to a server, by its URL or its unix socket (which only Bun's fetch knows). Resolves with any answer, also a refusal; rejects where there
 * was none. Of several servers the next is asked the next time.
 */
export type HttpAddress = { readonly url: string } | { readonly socket: string };

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the root of the server, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

export function createHttpClient(
  addresses: readonly [HttpAddress, ...HttpAddress[]],
  headers: Readonly<Record<string, string>>,
): HttpClient {
  let turn = 0;
  return async (request) => {
    try {
      return await ask(addresses[turn % addresses.length] ?? addresses[0], headers, request);
    } catch (error) {
      turn += 1;
      throw error;
    }
  };
}

async function ask(
  address: HttpAddress,
  headers: Readonly<Record<string, string>>,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const base = 'url' in address ? address.url.replace(/^ws/, 'http').replace(/\/+$/, '') : 'http://localhost';
  const response = await fetch(base + request.path, {
    method: request.method,
    headers: { ...headers, ...request.headers },
    signal: request.signal,
    redirect: 'error',
    // A large blob may take the server a while to put away; who waits says for how long.
    timeout: false,
    ...(request.body !== undefined && { body: request.body as BodyInit }),
    ...('socket' in address && { unix: address.socket }),
  } as RequestInit);
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
}
