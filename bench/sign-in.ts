import { type Client, createClient } from '../src/client/client.ts';

/** A client that is signed in as a browser is: by the one-time link that the server printed, and the cookie it sets. */
export async function signIn(serverUrl: string, link: string): Promise<Client> {
  const answer = await fetch(link, { redirect: 'manual' });
  await answer.arrayBuffer();
  const cookie = answer.headers.getSetCookie().map((header) => header.split(';')[0]);
  if (cookie.length === 0) throw new Error(`the link did not sign in (${answer.status})`);
  return createClient({
    baseUrl: serverUrl,
    fetch: (request) => {
      request.headers.set('cookie', cookie.join('; '));
      return fetch(request);
    },
  });
}
