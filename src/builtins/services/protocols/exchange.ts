/** A few bytes back and forth with a server, for finding out whether it is ready. */
import { connect } from 'node:net';
import type { Address, ReadyAnswer } from '../service-facts.ts';

const TIMEOUT_MS = 5_000;

/** What to do with what has come so far. */
export type Verdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'not_yet'; readonly why: string }
  /** More must come before it can be told; `send` goes out now. */
  | { readonly kind: 'more'; readonly send?: Uint8Array };

export const READY: Verdict = { kind: 'ready' };
export const MORE: Verdict = { kind: 'more' };
export const notYet = (why: string): Verdict => ({ kind: 'not_yet', why });
export const sending = (bytes: Uint8Array | string): Verdict => ({
  kind: 'more',
  send: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
});

/** `first` is sent when the connection stands; `judge` sees everything received since the last thing that was sent. */
export function exchange(
  { host, port }: Address,
  first: Uint8Array | string | undefined,
  judge: (received: Buffer) => Verdict,
): Promise<ReadyAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const finish = (answer: ReadyAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TIMEOUT_MS, () => finish(`no answer within ${TIMEOUT_MS / 1000} s`));
    socket.once('connect', () => {
      if (first !== undefined) socket.write(first);
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const verdict = judge(received);
      if (verdict.kind === 'ready') finish(undefined);
      else if (verdict.kind === 'not_yet') finish(verdict.why);
      else if (verdict.send !== undefined) {
        received = Buffer.alloc(0);
        socket.write(verdict.send);
      }
    });
    socket.once('error', (error) => finish(error.message));
    socket.once('close', () => finish('the connection was closed without an answer'));
  });
}

/** An HTTP server: ready when it answers with one of these. */
export async function askHttp({ host, port }: Address, path: string, ready: readonly number[]): Promise<ReadyAnswer> {
  try {
    const answer = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (ready.includes(answer.status)) return undefined;
    const text = (await answer.text()).trim().slice(0, 200);
    return `${path} is answered with ${answer.status}${text === '' ? '' : `: ${text}`}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
