import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import { MAX_STREAMS, parseStreamList, type StreamRequest } from '../../protocol/streams.ts';
import type { Role } from '../../store/identity-store.ts';
import type { Asker } from '../auth/principal.ts';
import { ROUTE_ROLES } from '../auth/route-roles.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { mergeStreams, type OpenStream } from './merge-streams.ts';

/** Several streams over one connection, each by the handler, and under the rules, that it has alone. */
export function streamRoutes(alone: Handlers<'feed' | 'watchBuild'>, logger: Logger): Handlers<'streams'> {
  function opener(principal: Asker, { path, after }: StreamRequest): OpenStream {
    return async (signal) => {
      const call = (needs: Role) => ({
        principal: { ...principal, needs },
        query: {},
        body: undefined,
        lastEventId: after,
        signal,
        condition: { kind: 'none' } as const,
      });
      if (path === 'feed') {
        return alone.feed({ ...call(ROUTE_ROLES.feed), params: {} });
      }
      const [, build, tail] = /^builds\/([^/]+)\/events(\?behind=tail)?$/.exec(path) ?? [];
      if (build === undefined) {
        throw notFound(
          `stream "${path.slice(0, 100)}"`,
          'there are feed, builds/ID/events and builds/ID/events?behind=tail',
        );
      }
      const query = tail === undefined ? {} : ({ behind: 'tail' } as const);
      return alone.watchBuild({ ...call(ROUTE_ROLES.watchBuild), params: { build }, query });
    };
  }

  return {
    async streams({ principal, query, signal }) {
      const asked = parseStreamList(query.of);
      if (asked.length > MAX_STREAMS) {
        throw new CodedError(
          'api.bad_request',
          `query.of: ${asked.length} streams, and a connection carries ${MAX_STREAMS}`,
          {
            hint: 'ask for the rest over another connection',
          },
        );
      }
      return mergeStreams(
        asked.map((one) => opener(principal, one)),
        signal,
        (error) => {
          if (!(error instanceof CodedError)) logger.error(`streams: ${errorText(error)}`);
        },
      );
    },
  };
}
