import { type Client, createClient } from '../src/client/client.ts';
import { API_BASE } from '../src/protocol/routes.ts';

export interface SignedIn {
  readonly client: Client;
  /** Of a path behind the API's base, as it comes. */
  get(path: string, signal?: AbortSignal): Promise<Response>;
}

/** Signed in as a browser is: by the one-time link that the server printed, and the cookie it sets. */
export async function signIn(serverUrl: string, link: string): Promise<SignedIn> {
  const answer = await fetch(link, { redirect: 'manual' });
  await answer.arrayBuffer();
  const cookies = answer.headers.getSetCookie().map((header) => header.split(';')[0]);
  if (cookies.length === 0) throw new Error(`the link did not sign in (${answer.status})`);
  const cookie = cookies.join('; ');
  const client = createClient({
    baseUrl: serverUrl,
    fetch: (request) => {
      request.headers.set('cookie', cookie);
      return fetch(request);
    },
  });
  return {
    client,
    get: (path, signal) => fetch(`${serverUrl}${API_BASE}${path}`, { headers: { cookie }, ...(signal && { signal }) }),
  };
}
