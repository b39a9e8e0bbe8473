import type { Logger } from '../../lib/logger.ts';
import type { ApprovalVote } from '../../store/records.ts';
import type { Call, Handlers } from '../http/call.ts';
import type { BuildParts } from './routes.ts';

interface VoteParts extends Pick<BuildParts, 'store' | 'access' | 'clock' | 'wakeups' | 'views'> {
  readonly logger: Logger;
}

/** People say yes or no to builds. */
export function approvalRoutes({
  store,
  access,
  clock,
  logger,
  wakeups,
  views,
}: VoteParts): Handlers<'approveBuild' | 'rejectBuild' | 'releaseBuild'> {
  async function vote(said: ApprovalVote['vote'], { principal, params, body }: Call<'approveBuild' | 'rejectBuild'>) {
    const { id, pipelineId, pipeline, job, number } = await access.build(principal, params.build);
    const build = await store.voteOnBuild({
      buildId: id,
      vote: said,
      by: principal.name,
      reason: body?.reason,
      label: body?.approval,
      seen: body?.seen,
      now: clock.now(),
    });
    logger.info(`build ${said}`, { pipeline, job, number, by: principal.name, reason: body?.reason });
    wakeups.build(id);
    wakeups.schedule(pipelineId);
    wakeups.work();
    wakeups.feed();
    return views.one(build);
  }
  return {
    approveBuild: (call) => vote('approved', call),
    rejectBuild: (call) => vote('rejected', call),
    async releaseBuild({ principal, params, body }) {
      const { id, pipeline, job, number } = await access.build(principal, params.build);
      const build = await store.releaseBuild(id, principal.name, clock.now());
      logger.info('build of a fork released', { pipeline, job, number, by: principal.name, reason: body?.reason });
      wakeups.build(id);
      wakeups.work();
      wakeups.feed();
      return views.one(build);
    },
  };
}
