import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { createStandingTrouble } from '../lib/standing-trouble.ts';

const QUIET_MS = 60_000;

/** Says in the log what becomes of a connection: why it is not there, once for each reason, however often it is tried; and when it is back. */
export function tellConnection(
  logger: Logger,
  to: string,
): (state: { readonly error?: string | undefined } | 'connected') => void {
  const told = new Set<string>();
  let before = false;
  return (state) => {
    if (state === 'connected') {
      logger.info(`connected to ${to}${before ? ' again' : ''}`);
      before = true;
      told.clear();
    } else if (state.error !== undefined && !told.has(state.error)) {
      told.add(state.error);
      logger.warn(`not connected to ${to}, trying again: ${state.error}`);
    }
  };
}

/** Says what came over a broker and is not believed: at once, then once a minute how much it was. */
export const tellForeign = (logger: Logger): ((why: string) => void) =>
  tellTrouble(logger, 'a message over the broker is not believed');

/** Says what happened, and why: at once, then once a minute how often it was. */
export function tellTrouble(logger: Logger, what: string): (why: string) => void {
  const trouble = createStandingTrouble({
    clock: systemClock,
    say: (text) => logger.warn(text),
    sayOver: () => undefined,
    quietMs: QUIET_MS,
  });
  return (why) => trouble.happened(`${what}: ${why}`);
}
