/**
 * HTTP/1.1 over a socket of its own, so that nothing is tried again behind a test's back: a connection that is refused, reset, or closed before the whole answer
 * is there is an error. A connection that the server closed while nothing was asked is none: it is made anew for the next request.
 */
import { connect, type Socket } from 'node:net';

export interface PlainRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const ANSWER_MS = 20_000;

export class PlainConnection {
  readonly #port: number;
  readonly #keep: boolean;
  #socket: Socket | undefined;

  /** With `keep` the connection is used again for as long as the server lets it. */
  constructor(port: number, keep: boolean) {
    this.#port = port;
    this.#keep = keep;
  }

  async ask({ method = 'GET', path, headers = {}, body }: PlainRequest): Promise<PlainAnswer> {
    const socket = this.#socket ?? connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = undefined;
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `host: 127.0.0.1:${this.#port}`,
      `connection: ${this.#keep ? 'keep-alive' : 'close'}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
    ];
    const answer = await exchange(socket, `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`, `${method} ${path}`);
    if (this.#keep && answer.headers.get('connection')?.toLowerCase() !== 'close') this.#idle(socket);
    else socket.destroy();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #idle(socket: Socket): void {
    this.#socket = socket;
    const forget = (): void => {
      if (this.#socket === socket) this.#socket = undefined;
      socket.destroy();
    };
    socket.once('end', forget).once('close', forget).on('error', forget);
  }
}

function exchange(socket: Socket, request: string, what: string): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    const over = (): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
    };
    const fail = (why: string): void => {
      over();
      socket.destroy();
      reject(new Error(`${what}: ${why}, after ${got.byteLength} bytes of the answer`));
    };
    const timer = setTimeout(() => fail(`no answer within ${ANSWER_MS} ms`), ANSWER_MS);
    const look = (ended: boolean): void => {
      const answer = readAnswer(got, ended);
      if (answer === undefined) return;
      over();
      resolve(answer);
    };
    socket.removeAllListeners();
    socket.on('data', (bytes: Buffer) => {
      got = Buffer.concat([got, bytes]);
      look(false);
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('end', () => look(true));
    socket.on('close', () => fail('the connection was closed'));
    socket.write(request);
  });
}

/** `undefined`: not all of it is there. */
function readAnswer(got: Buffer, ended: boolean): PlainAnswer | undefined {
  const end = got.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = got.subarray(0, end).toString().split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(first.split(' ')[1]);
  const rest = got.subarray(end + 4);
  const length = headers.get('content-length');
  if (length !== undefined) {
    if (rest.byteLength < Number(length)) return undefined;
    return { status, headers, body: rest.toString() };
  }
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = readChunks(rest);
    return body === undefined ? undefined : { status, headers, body };
  }
  return ended || status === 204 || status === 304 ? { status, headers, body: rest.toString() } : undefined;
}

function readChunks(bytes: Buffer): string | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString(), 16);
    const next = end + 2 + size;
    if (bytes.byteLength < next + 2) return undefined;
    if (size === 0) return Buffer.concat(parts).toString();
    parts.push(bytes.subarray(end + 2, next));
    at = next + 2;
  }
}
