/** Says again and again that this server is there, learns which others are, and notices when it may not be there any more. */
import type { Clock } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Logger } from '../../lib/logger.ts';
import type { KeptServer, ServerKept } from '../../store/servers.ts';
import type { Store } from '../../store/store.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';
import { refusedServer } from './refused-server.ts';

/** How long one that is not heard of is taken for there, and how often it says so. Where nobody else can be, nobody waits for it. */
export const serverLease = ({ sole }: Pick<KeptServer, 'sole'>) =>
  sole ? { leaseMs: 180_000, beatMs: 60_000 } : { leaseMs: 15_000, beatMs: 5_000 };
const CLOCK_SLACK_MS = 5_000;

export interface Presence extends Loop {
  /** Whether no other server is there, as far as is known. */
  alone(): boolean;
  /** Another one was heard. */
  heardOther(): void;
}

export interface PresenceParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** As it is now. Asked when it has been written down for the first time. */
  readonly server: () => KeptServer;
  /** As `server` says. */
  readonly sole: boolean;
  /** A server that was there is gone: what it was about to do is looked at. */
  readonly onGone: () => void;
  /** Another server has the database, and this one has to end. */
  readonly onRefused: (error: Error) => void;
}

export function createPresence(parts: PresenceParts): Presence {
  const { store, clock, timers, logger, server } = parts;
  let others = new Set<string>();
  let heard = false;
  let clockTold = false;
  let refused = false;

  function hear(kept: Extract<ServerKept, { kind: 'kept' }>): void {
    const now = new Set(kept.others.map(({ id }) => id));
    const gone = [...others].some((id) => !now.has(id));
    others = now;
    heard = false;
    if (gone) parts.onGone();
    const apart = kept.now - clock.now();
    if (Math.abs(apart) > CLOCK_SLACK_MS && !clockTold) {
      clockTold = true;
      logger.warn(`the clock of this machine is ${formatDuration(Math.abs(apart))} off the database's`);
    }
  }

  const loop = createLoop({
    name: 'servers',
    pollMs: serverLease(parts).beatMs,
    timers,
    logger,
    async run() {
      if (refused) return undefined;
      const me = server();
      const kept = await store.keepServer(me, serverLease(me).leaseMs);
      if (kept.kind === 'kept') hear(kept);
      else {
        refused = true;
        parts.onRefused(refusedServer(me, kept));
      }
      return undefined;
    },
  });

  return {
    ...loop,
    alone: () => others.size === 0 && !heard,
    heardOther() {
      heard = true;
    },
  };
}
