/** A browser as far as signing in needs one: it follows redirects, and keeps the cookies of each host and path. */
import type { TestServer } from '../test-server.fixture.ts';

export interface Page {
  readonly status: number;
  readonly url: URL;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

const MOST_REDIRECTS = 10;

export class TestBrowser {
  readonly #servers: readonly Pick<TestServer, 'fetch'>[];
  readonly #cookies = new Map<string, Map<string, Cookie>>();
  /** Which of the servers behind one address answers next. */
  turn = 0;

  /** Answers for http://ci.test; of several each in turn. */
  constructor(...servers: readonly Pick<TestServer, 'fetch'>[]) {
    this.#servers = servers;
  }

  get = (address: string | URL): Promise<Page> => this.#go(new Request(address), 0);

  post(address: string | URL, form: Readonly<Record<string, string>>): Promise<Page> {
    return this.#go(new Request(address, { method: 'POST', body: new URLSearchParams(form) }), 0);
  }

  /** One answer, whatever it is; `stop`: redirects are not followed. */
  async ask(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const jar = this.#cookies.get(url.host) ?? new Map<string, Cookie>();
    this.#cookies.set(url.host, jar);
    const sent = [...jar].filter(([, { path }]) => url.pathname.startsWith(path));
    const headers = new Headers(request.headers);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    if (sent.length > 0) headers.set('cookie', sent.map(([name, { value }]) => `${name}=${value}`).join('; '));
    const own = new Request(request, { headers, redirect: 'manual' });
    const at = this.#servers[this.turn % this.#servers.length];
    if (url.host === 'ci.test') this.turn += 1;
    const response = url.host === 'ci.test' && at !== undefined ? await at.fetch(own) : await fetch(own);
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */);
      const [name = '', value = ''] = pair.split(/=(.*)/);
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, { value, path });
    }
    return response;
  }

  async #go(request: Request, redirects: number): Promise<Page> {
    const response = await this.ask(request);
    const location = response.headers.get('location');
    if (location === null || response.status < 300 || response.status > 399) {
      return { status: response.status, url: new URL(request.url), text: await response.text() };
    }
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS) throw new Error(`too many redirects, the last to ${location}`);
    return this.#go(new Request(new URL(location, request.url)), redirects + 1);
  }

  /** Who the server says is there. */
  async session(): Promise<{ name: string; signedIn: boolean; csrf?: string; teams: unknown[] }> {
    const response = await this.ask(
      new Request('http://ci.test/api/v1/session', { headers: { accept: 'application/json' } }),
    );
    return JSON.parse(await response.text());
  }

  /** The API as this browser's page calls it. */
  async call(method: string, path: string, body?: unknown): Promise<Response> {
    const { csrf = '' } = await this.session();
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'pikoci-csrf': csrf };
    return this.ask(
      new Request(`http://ci.test/api/v1${path}`, {
        ...{ method, headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  }

  cookiesOf(host: string): ReadonlyMap<string, Cookie> {
    return this.#cookies.get(host) ?? new Map();
  }
}
