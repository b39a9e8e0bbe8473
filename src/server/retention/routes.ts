import type { Clock } from '../../lib/clock.ts';
import type { RetentionView } from '../../protocol/retention.ts';
import type { Store } from '../../store/store.ts';
import { isServerAdmin, seesTeam } from '../auth/principal.ts';
import type { Handlers } from '../http/call.ts';
import type { Revisions } from '../pipelines/revisions.ts';
import { limitsOf, logsEndedBefore, type RetentionSettings, ruleOf } from './rules.ts';

/** How many builds of a job are listed. */
const LISTED = 1_000;

export interface RetentionRouteParts {
  readonly store: Store;
  readonly revisions: Revisions;
  readonly clock: Clock;
  readonly retention: RetentionSettings;
}

/** What would be deleted now, and why. Nothing is. */
export function retentionRoutes(parts: RetentionRouteParts): Handlers<'retention'> {
  const { store, revisions, clock, retention } = parts;
  return {
    async retention({ principal, query }) {
      const now = clock.now();
      const jobs: RetentionView['jobs'][number][] = [];
      for (const pipeline of await store.listPipelines(query.team)) {
        if (!seesTeam(principal, pipeline.team)) continue;
        if (query.pipeline !== undefined && query.pipeline !== pipeline.name) continue;
        const revision = await revisions.get(pipeline.revisionId);
        for (const { id, name } of await store.listJobs(pipeline.id)) {
          const { builds, days } = limitsOf(revision.job(name), retention);
          const rule = ruleOf({ builds, days }, now);
          if (rule === undefined) continue;
          const expired = await store.expiredBuilds({ jobId: id, rule, limit: LISTED + 1 });
          jobs.push({
            team: pipeline.team,
            pipeline: pipeline.name,
            job: name,
            keeps: { ...(builds !== undefined && { builds }), ...(days !== undefined && { days }) },
            builds: expired.slice(0, LISTED),
            more: expired.length > LISTED,
          });
        }
      }
      const before = logsEndedBefore(retention, now);
      // Logs are looked for in all pipelines at once.
      const logs = before === undefined || !isServerAdmin(principal) ? [] : await store.expiredLogs(before, LISTED + 1);
      return {
        settings: {
          ...(retention.builds !== undefined && { builds: retention.builds }),
          ...(retention.days !== undefined && { days: retention.days }),
          ...(retention.logsDays !== undefined && { logsDays: retention.logsDays }),
        },
        jobs,
        logs: { builds: logs.slice(0, LISTED), more: logs.length > LISTED },
      };
    },
  };
}
