import { CodedError } from '../lib/coded-error.ts';

export interface DatabaseWait {
  readonly waitMs: number;
  /** Tells whoever started us what is waited for; again only when it is something else. */
  readonly tell: (text: string) => void;
}

/** What a server says that is only starting, and a name server that does not know it yet. */
const PASSING: ReadonlySet<string> = new Set(['store.unreachable', 'store.busy']);
const TRY_EVERY_MS = 500;

/** Opens a database, and again while it does not answer: both may have been started at once. */
export async function waitForDatabase<T>(open: () => Promise<T>, { waitMs, tell }: DatabaseWait): Promise<T> {
  const end = performance.now() + waitMs;
  let told: string | undefined;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof CodedError) || !PASSING.has(error.code) || performance.now() >= end) throw error;
      if (error.message !== told) tell(`${error.message}; waiting for it, ${Math.round(waitMs / 1_000)} s at most`);
      told = error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
  }
}
