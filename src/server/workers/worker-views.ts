/** Finds workers for somebody, and shows them: what is of a team he does not see is not there for him. */
import { CodedError } from '../../lib/coded-error.ts';
import type { WorkerView } from '../../protocol/workers.ts';
import type { WorkerRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { HeldWork } from '../../store/worker-store.ts';
import { type Asker, isServerAdmin, seesTeam } from '../auth/principal.ts';
import { notFound } from '../http/problems.ts';

export interface WorkerViews {
  list(principal: Asker): Promise<WorkerView[]>;
  view(principal: Asker, worker: WorkerRecord): Promise<WorkerView>;
  /** By its name, where only one has it, or by its id. Throws `api.not_found`, `worker.ambiguous`. */
  find(principal: Asker, name: string): Promise<WorkerRecord>;
}

export function createWorkerViews(store: Store): WorkerViews {
  async function teamNames(): Promise<ReadonlyMap<string, string>> {
    return new Map((await store.listTeams()).map(({ id, name }) => [id, name]));
  }

  async function seen(principal: Asker) {
    const [workers, teams] = await Promise.all([store.listWorkers(), teamNames()]);
    const teamOf = (worker: WorkerRecord): string | undefined =>
      worker.teamId === undefined ? undefined : teams.get(worker.teamId);
    const mine = workers.filter((worker) => {
      const team = teamOf(worker);
      return team === undefined || seesTeam(principal, team);
    });
    return { workers: mine, teamOf };
  }

  return {
    async list(principal) {
      const [{ workers, teamOf }, held] = await Promise.all([seen(principal), store.listHeldWork()]);
      return workers.map((worker) => viewOf(principal, worker, teamOf(worker), held));
    },
    async view(principal, worker) {
      const [teams, held] = await Promise.all([teamNames(), store.listHeldWork()]);
      return viewOf(principal, worker, worker.teamId && teams.get(worker.teamId), held);
    },
    async find(principal, name) {
      const { workers } = await seen(principal);
      const byId = workers.find(({ id }) => id === name);
      if (byId !== undefined) return byId;
      const named = workers.filter((worker) => worker.name === name);
      // Of those that are here and those that were, who names one means the one that is here.
      const here = named.filter(({ status }) => status === 'running' || status === 'draining');
      const [found, ...others] = here.length > 0 ? here : named;
      if (found === undefined) throw notFound(`worker "${name}"`, 'workers list shows those there are');
      if (others.length === 0) return found;
      throw new CodedError('worker.ambiguous', `${others.length + 1} workers are called ${name}`, {
        hint: `name one by its id: ${[found, ...others].map(({ id }) => id).join(', ')}`,
      });
    },
  };
}

function viewOf(
  principal: Asker,
  worker: WorkerRecord,
  team: string | undefined,
  held: readonly HeldWork[],
): WorkerView {
  const { id, name, version, tags, exclusive, kinds, slots, status, since, via, drain, lastSeenAt, firstSeenAt } =
    worker;
  const own = held.filter(({ workerId }) => workerId === id);
  // Where it is, and what it came with, is for who looks after it.
  const admin = isServerAdmin(principal);
  return {
    ...{ id, name, version, exclusive, slots, status, since, lastSeenAt, firstSeenAt },
    ...(team !== undefined && { team }),
    tags: [...tags],
    kinds: [...kinds],
    busy: own.length,
    builds: own
      .filter((work) => seesTeam(principal, work.team))
      .map((work) => ({
        build: work.buildId,
        team: work.team,
        pipeline: work.pipeline,
        job: work.job,
        number: work.number,
        since: work.grantedAt,
      })),
    connected: worker.session !== undefined,
    ...(via !== undefined && { via }),
    ...(admin && worker.address !== undefined && { address: worker.address }),
    ...(admin && worker.tokenId !== undefined && { token: worker.tokenId }),
    ...(drain !== undefined && {
      drain: {
        by: drain.by,
        at: drain.at,
        leave: drain.leave,
        ...(drain.reason !== undefined && { reason: drain.reason }),
      },
    }),
  };
}
