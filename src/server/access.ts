/**
 * Finds what a request names, for somebody. What is in a team he does not see is not there for him. Every handler gets its objects
 * from here, so the check is made against the object that is loaded, whatever names the request mixes.
 */
import type { BuildId, CheckId, PipelineId } from '../lib/ids.ts';
import { nearest } from '../lib/nearest.ts';
import type {
  BuildRecord,
  CheckRecord,
  JobRecord,
  PipelineRecord,
  ResourceRecord,
  TeamRecord,
} from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type Asker, checkAt, mayAt, type Owned, signInFirst } from './auth/principal.ts';
import { notFound } from './http/problems.ts';

interface OfPipeline {
  readonly team: string;
  readonly pipeline: string;
}

export interface Access {
  team(asker: Asker, name: string): Promise<TeamRecord>;
  pipeline(asker: Asker, names: OfPipeline): Promise<PipelineRecord>;
  job(asker: Asker, names: OfPipeline & { job: string }): Promise<{ pipeline: PipelineRecord; job: JobRecord }>;
  resource(
    asker: Asker,
    names: OfPipeline & { address: string },
  ): Promise<{ pipeline: PipelineRecord; resource: ResourceRecord }>;
  build(asker: Asker, id: string): Promise<BuildRecord>;
  check(asker: Asker, id: string): Promise<{ check: CheckRecord; resource: ResourceRecord }>;
}

export function createAccess(store: Store): Access {
  async function pipeline(asker: Asker, names: OfPipeline): Promise<PipelineRecord> {
    const found = await store.findPipeline(names.team, names.pipeline);
    if (found !== undefined && checkAt(asker, found) === 'allowed') {
      asker.about({ team: found.team, target: `pipeline ${found.name}` });
      return found;
    }
    if (asker.kind === 'anonymous') throw signInFirst();
    const all = (await store.listPipelines(names.team)).filter((one) => mayAt(asker, one));
    throw notFound(
      `pipeline "${names.pipeline}" in team ${names.team}`,
      hintOf(
        names.pipeline,
        all.map((one) => one.name),
        'pipelines list shows those there are',
      ),
    );
  }

  /** Whether they may do with things of this pipeline what the route does. */
  async function isAllowed(asker: Asker, id: PipelineId): Promise<boolean> {
    const owner: Owned | undefined = await store.getPipeline(id);
    if (owner !== undefined && checkAt(asker, owner) === 'allowed') return true;
    if (asker.kind === 'anonymous') throw signInFirst();
    return false;
  }

  return {
    async team(asker, name) {
      const teams = await store.listTeams();
      const team = teams.find((one) => one.name === name);
      if (team !== undefined && checkAt(asker, { team: name }) === 'allowed') {
        asker.about({ team: name, target: `team ${name}` });
        return team;
      }
      if (asker.kind === 'anonymous') throw signInFirst();
      const names = teams.map((one) => one.name).filter((one) => mayAt(asker, { team: one }));
      throw notFound(`team "${name}"`, hintOf(name, names, 'GET /api/v1/teams shows those there are'));
    },
    pipeline,
    async job(asker, names) {
      const owner = await pipeline(asker, names);
      const jobs = await store.listJobs(owner.id);
      const job = jobs.find((one) => one.name === names.job);
      if (job !== undefined) {
        asker.about({ team: owner.team, target: `job ${owner.name}/${job.name}` });
        return { pipeline: owner, job };
      }
      const hint = hintOf(
        names.job,
        jobs.map((one) => one.name),
        'jobs list shows those there are',
      );
      throw notFound(`job "${names.job}" in pipeline ${owner.name}`, hint);
    },
    async resource(asker, names) {
      const owner = await pipeline(asker, names);
      const resources = await store.listResources(owner.id);
      const resource = resources.find((one) => one.address === names.address);
      if (resource !== undefined) {
        asker.about({ team: owner.team, target: `resource ${owner.name}/${resource.address}` });
        return { pipeline: owner, resource };
      }
      const hint = hintOf(
        names.address,
        resources.map((one) => one.address),
        'an address is TYPE.NAME; resources list shows them',
      );
      throw notFound(`resource "${names.address}" in pipeline ${owner.name}`, hint);
    },
    async build(asker, id) {
      const build = await store.getBuildRecord(id as BuildId);
      if (build !== undefined && (await isAllowed(asker, build.pipelineId))) {
        asker.about({ team: build.team, target: `build ${build.pipeline}/${build.job} #${build.number}` });
        return build;
      }
      if (asker.kind === 'anonymous') throw signInFirst();
      throw notFound(`build "${id}"`, 'builds list shows those there are');
    },
    async check(asker, id) {
      const check = await store.getCheck(id as CheckId);
      const resource = check === undefined ? undefined : await store.getResource(check.resourceId);
      if (check !== undefined && resource !== undefined && (await isAllowed(asker, resource.pipelineId))) {
        return { check, resource };
      }
      if (asker.kind === 'anonymous') throw signInFirst();
      throw notFound(`check "${id}"`);
    },
  };
}

function hintOf(name: string, known: readonly string[], otherwise: string): string {
  const near = nearest(name, known);
  return near === undefined ? otherwise : `did you mean ${near}?`;
}
