/**
 * Finds what a request names, for somebody. What is in a team he does not see is not there for him. Every handler gets its objects
 * from here, so the check is made against the object that is loaded, whatever names the request mixes.
 */
import type { BuildId, CheckId } from '../lib/ids.ts';
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
import { type Principal, seesTeam } from './auth/principal.ts';
import { notFound } from './http/problems.ts';

interface OfPipeline {
  readonly team: string;
  readonly pipeline: string;
}

export interface Access {
  team(principal: Principal, name: string): Promise<TeamRecord>;
  pipeline(principal: Principal, names: OfPipeline): Promise<PipelineRecord>;
  job(principal: Principal, names: OfPipeline & { job: string }): Promise<{ pipeline: PipelineRecord; job: JobRecord }>;
  resource(
    principal: Principal,
    names: OfPipeline & { address: string },
  ): Promise<{ pipeline: PipelineRecord; resource: ResourceRecord }>;
  build(principal: Principal, id: string): Promise<BuildRecord>;
  check(principal: Principal, id: string): Promise<{ check: CheckRecord; resource: ResourceRecord }>;
}

export function createAccess(store: Store): Access {
  async function pipeline(principal: Principal, names: OfPipeline): Promise<PipelineRecord> {
    const found = seesTeam(principal, names.team) ? await store.findPipeline(names.team, names.pipeline) : undefined;
    if (found !== undefined) return found;
    const all = (await store.listPipelines(names.team)).filter((one) => seesTeam(principal, one.team));
    throw notFound(
      `pipeline "${names.pipeline}" in team ${names.team}`,
      hintOf(
        names.pipeline,
        all.map((one) => one.name),
        'pipelines list shows those there are',
      ),
    );
  }

  return {
    async team(principal, name) {
      const teams = (await store.listTeams()).filter((one) => seesTeam(principal, one.name));
      const team = teams.find((one) => one.name === name);
      if (team !== undefined) return team;
      const names = teams.map((one) => one.name);
      throw notFound(`team "${name}"`, hintOf(name, names, 'GET /api/v1/teams shows those there are'));
    },
    pipeline,
    async job(principal, names) {
      const owner = await pipeline(principal, names);
      const jobs = await store.listJobs(owner.id);
      const job = jobs.find((one) => one.name === names.job);
      if (job !== undefined) return { pipeline: owner, job };
      const hint = hintOf(
        names.job,
        jobs.map((one) => one.name),
        'jobs list shows those there are',
      );
      throw notFound(`job "${names.job}" in pipeline ${owner.name}`, hint);
    },
    async resource(principal, names) {
      const owner = await pipeline(principal, names);
      const resources = await store.listResources(owner.id);
      const resource = resources.find((one) => one.address === names.address);
      if (resource !== undefined) return { pipeline: owner, resource };
      const hint = hintOf(
        names.address,
        resources.map((one) => one.address),
        'an address is TYPE.NAME; resources list shows them',
      );
      throw notFound(`resource "${names.address}" in pipeline ${owner.name}`, hint);
    },
    async build(principal, id) {
      const build = await store.getBuildRecord(id as BuildId);
      if (build !== undefined && seesTeam(principal, build.team)) return build;
      throw notFound(`build "${id}"`, 'builds list shows those there are');
    },
    async check(principal, id) {
      const check = await store.getCheck(id as CheckId);
      const resource = check === undefined ? undefined : await store.getResource(check.resourceId);
      const owner = resource === undefined ? undefined : await store.getPipeline(resource.pipelineId);
      if (check !== undefined && resource !== undefined && owner !== undefined && seesTeam(principal, owner.team)) {
        return { check, resource };
      }
      throw notFound(`check "${id}"`);
    },
  };
}

function hintOf(name: string, known: readonly string[], otherwise: string): string {
  const near = nearest(name, known);
  return near === undefined ? otherwise : `did you mean ${near}?`;
}
