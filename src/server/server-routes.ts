import type { Instant } from '../lib/clock.ts';
import { greatestRole, isServerAdmin, mayAt, roleIn } from './auth/principal.ts';
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
      const { name, kind, session, roles } = principal;
      return {
        name,
        signedIn: kind !== 'anonymous',
        admin: isServerAdmin(principal),
        role: greatestRole(principal),
        teams: [...roles.keys()].flatMap((team) => {
          const role = roleIn(principal, team);
          return role === undefined ? [] : [{ team, role }];
        }),
        ...(session !== undefined && { csrf: session.csrf }),
      };
    },
    async endSession() {
      // The cookie is taken back where the answer is made.
      return undefined;
    },
    async feed({ principal, lastEventId, signal }) {
      return feed.follow(lastEventId, (owned) => mayAt(principal, owned), signal);
    },
  };
}
