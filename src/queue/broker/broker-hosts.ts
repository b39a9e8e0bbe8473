/** Several addresses of one broker: whichever lets us in. */
import { CodedError } from '../../lib/coded-error.ts';
import type { BrokerHost } from './broker-address.ts';

/**
 * Tries each once, beginning with the one that was good last, or after one that was not: who has no time for all of them gets to the others by and by.
 * Rejects with what is told best: that a broker refuses us says more than that another is not there.
 */
export function inTurn<T>(hosts: readonly BrokerHost[], connect: (host: BrokerHost) => Promise<T>): () => Promise<T> {
  let at = 0;
  return async () => {
    let told: unknown;
    for (let tries = 0; tries < hosts.length; tries++) {
      const host = hosts[at % hosts.length];
      if (host === undefined) break;
      try {
        return await connect(host);
      } catch (error) {
        at++;
        if (told === undefined || isUnreachable(told)) told = error;
      }
    }
    throw told;
  };
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof CodedError && error.code === 'queue.broker_unreachable';
