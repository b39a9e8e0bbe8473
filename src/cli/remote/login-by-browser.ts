/** Signing a terminal in by a browser: for whoever signs in elsewhere, and has no password here. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { readProblem } from '../../client/api-error.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { askedTerminal, claimedTerminal } from '../../protocol/sign-in.ts';
import type { CommandContext } from '../context.ts';
import { oneLine } from './table.ts';

/** Prints the page to open and the code it shows, and waits until somebody agreed there. */
export async function loginByBrowser(url: string, context: CommandContext) {
  const asked = await post(`${url}/auth/terminal`, { name: hostname().slice(0, 100) }, askedTerminal);
  context.stderr.write(
    `Open this page in a browser, and sign in there:\n\n  ${oneLine(asked.url)}\n\nIt shows the code ${oneLine(asked.code)}. Waiting for ten minutes at most …\n`,
  );
  for (;;) {
    await sleep(asked.everyMs);
    const claimed = await claim(url, asked.secret, asked.expiresAt);
    if (claimed?.state === 'done') return claimed;
    if (Date.now() > asked.expiresAt) {
      throw new CodedError('usage.not_signed_in', 'nobody signed this terminal in', { hint: 'run pikoci login again' });
    }
  }
}

/** `undefined`: the server could not be asked now; it may be one that is being replaced. */
async function claim(url: string, secret: string, until: number) {
  try {
    return await post(`${url}/auth/terminal/token`, { secret }, claimedTerminal);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'client.unreachable' && Date.now() < until) return undefined;
    throw error;
  }
}

async function post<Schema extends z.ZodType>(
  address: string,
  body: object,
  schema: Schema,
): Promise<z.output<Schema>> {
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
    });
  } catch (cause) {
    throw new CodedError('client.unreachable', `no server answers at ${new URL(address).origin}: ${errorText(cause)}`, {
      hint: 'is the address right, and does the server run?',
      cause,
    });
  }
  if (!response.ok) throw await readProblem(response);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new CodedError('client.not_pikoci', `${address} answered with something else`, {
    hint: 'is it a pikoci server, and as new as this program?',
  });
}
