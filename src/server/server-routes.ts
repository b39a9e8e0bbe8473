import type { Instant } from '../lib/clock.ts';
import { seesTeam } from './auth/principal.ts';
import type { Handlers } from './http/call.ts';
import type { ChangeFeed } from './live/change-feed.ts';
import type { ServerSettings } from './settings.ts';

/** Routes about the server itself and about who asks. */
export function serverRoutes(
  settings: ServerSettings,
  startedAt: Instant,
  feed: ChangeFeed,
): Handlers<'info' | 'session' | 'endSession' | 'feed'> {
  return {
    async info() {
      const { version, instance, database, queue } = settings;
      return { version, instance, startedAt, externalUrl: settings.externalUrl(), database, queue };
    },
    async session({ principal }) {
      const { name, role, csrf } = principal;
      return { name, role, ...(csrf !== undefined && { csrf }) };
    },
    async endSession() {
      // The cookie is taken back where the answer is made.
      return undefined;
    },
    async feed({ principal, lastEventId, signal }) {
      return feed.follow(lastEventId, (team) => seesTeam(principal, team), signal);
    },
  };
}
