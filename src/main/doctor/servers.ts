/** A server that runs, as it is reached from here. */
import { z } from 'zod';
import { errorText } from '../../lib/coded-error.ts';
import { VERSION } from '../version.ts';
import { type Finding, good, note, problem } from './finding.ts';

type Seen = Omit<Finding, 'about'>;

const readyAnswer = z.object({ status: z.string(), reason: z.string().optional() });

export async function lookAtServer(url: string | undefined): Promise<Seen> {
  if (url === undefined) return note('none of yours runs on this machine', 'to look at another one: --url https://…');
  let response: Response;
  try {
    response = await fetch(new URL('/readyz', url), { redirect: 'manual' });
  } catch (error) {
    return problem(`${url} cannot be reached: ${errorText(error)}`, 'is the address right, and the server started?');
  }
  const answer = readyAnswer.safeParse(await response.json().catch(() => undefined));
  if (!answer.success) {
    return problem(
      `${url} answers ${response.status}, and not as pikoci does`,
      'is there something else at that address?',
    );
  }
  if (response.ok) return good(`${url} is ready; the version here is ${VERSION}`);
  return problem(`${url} is not ready: ${answer.data.reason ?? answer.data.status}`);
}

/** Where a forge would send its webhooks. */
export function lookAtWebhookAddress(externalUrl: string | undefined): Seen {
  const hint = 'set --external-url to the address that the forge reaches, then webhooks can be made';
  if (externalUrl === undefined) return note('without --external-url no forge can be told where to send them', hint);
  const url = URL.parse(externalUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return problem(
      `--external-url: ${JSON.stringify(externalUrl)} is not an address`,
      'write it as https://ci.example.com',
    );
  }
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    return note(`${externalUrl} is this machine alone`, hint);
  }
  if (url.protocol === 'http:') return note(`${externalUrl} is not encrypted on its way`, 'put TLS in front of it');
  return good(externalUrl);
}
