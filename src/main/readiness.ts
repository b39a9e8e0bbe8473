/** `/healthz`: this process answers. `/readyz`: requests may be sent here, which a balancer asks; if not, why not. Both are for anyone. */
import { errorText } from '../lib/coded-error.ts';

export interface Readiness {
  /** The answer for one of the two addresses; `undefined` for others. */
  answer(pathname: string): Promise<Response> | undefined;
  /** From now on others should be asked, for this reason. */
  refuse(reason: string): void;
}

/** The database of a server that is asked by a balancer every few seconds. */
const LOOK_MS = 3_000;

/** `look` fails when the database does not answer. */
export function createReadiness(look: () => Promise<unknown>): Readiness {
  let refused: string | undefined;

  async function readyz(): Promise<Response> {
    const reason = refused ?? (await whyNot(look));
    return reason === undefined ? answer(200, 'ready') : answer(503, 'not ready', reason);
  }

  return {
    answer(pathname) {
      if (pathname === '/healthz') return Promise.resolve(answer(200, 'alive'));
      return pathname === '/readyz' ? readyz() : undefined;
    },
    refuse(reason) {
      refused = reason;
    },
  };
}

async function whyNot(look: () => Promise<unknown>): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve('database: no answer'), LOOK_MS);
  const looked = look().then(
    () => undefined,
    (error: unknown) => `database: ${errorText(error)}`,
  );
  const reason = await Promise.race([looked, late.promise]);
  clearTimeout(timer);
  return reason;
}

function answer(code: number, status: string, reason?: string): Response {
  return Response.json(
    { status, ...(reason !== undefined && { reason }) },
    {
      status: code,
      headers: { 'cache-control': 'no-store' },
    },
  );
}
