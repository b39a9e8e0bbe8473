import type { Clock } from '../../lib/clock.ts';
import { errorText } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { Principal, Subject } from './principal.ts';

export interface Audit {
  /** Notes what was done. What was done stays done when it cannot be noted; the log says so. */
  done(entry: {
    readonly by: Pick<Principal, 'name' | 'token'>;
    readonly address: string;
    /** The route's name, or `signIn`. */
    readonly action: string;
    readonly subject?: Subject | undefined;
    readonly reason?: string | undefined;
    readonly detail?: Readonly<Record<string, string>>;
  }): Promise<void>;
}

export function createAudit(store: Store, clock: Clock, logger: Logger): Audit {
  return {
    async done({ by, address, action, subject, reason, detail }) {
      try {
        await store.writeAudit({
          at: clock.now(),
          actor: by.name,
          address,
          action,
          team: subject?.team,
          target: subject?.target,
          detail: {
            ...(by.token !== undefined && { token: by.token }),
            ...(reason !== undefined && { reason }),
            ...detail,
          },
        });
      } catch (error) {
        logger.error(`the audit log could not be written: ${errorText(error)}`, { action, by: by.name });
      }
    },
  };
}
