/** A small world as the scheduler sees it. */
import type { BuildId, JobId, ResourceId, RevisionId, VersionId } from '../../lib/ids.ts';
import type { Json } from '../../lib/json.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { ChosenInput, Snapshot } from '../snapshot.ts';
import type { Build, JobState, SmallWorld } from './small-world.ts';

const at = { file: 'p.hcl', line: 1, column: 1 };

/** Branded ids are names here, so that a failing case can be read. */
const versionId = (resource: string, version: string) => `${resource}/${version}` as VersionId;
const resourceId = (name: string) => name as ResourceId;
export const buildId = ({ job, number }: Build) => `${job}/${number}` as BuildId;

export function snapshotOf(world: SmallWorld): Snapshot {
  return {
    pipeline: {
      revisionId: world.revision as RevisionId,
      ...(world.pausedPipeline ? { pausedBy: 'ada', pausedAt: 0 } : {}),
    },
    model: modelOf(world),
    jobs: [...world.jobs].map(([name, job]) => jobFacts(world, name, job)),
    resources: [...world.resources].map(([name, { versions, pin }]) => ({
      id: resourceId(name),
      address: name,
      active: !world.gone.has(name),
      pinnedVersionId: pin === undefined ? undefined : versionId(name, pin),
      versions: versions.map((version, position) => ({
        id: versionId(name, version.name),
        version: fieldsOf(version.name),
        position,
        triggers: version.triggers,
        disabled: version.disabled,
      })),
    })),
  };
}

function modelOf({ resources, jobs, gone }: SmallWorld): Pipeline {
  return {
    schema: 1,
    resources: [...resources].flatMap(([name, { pinned }]) =>
      gone.has(name)
        ? []
        : {
            type: 'git',
            name,
            address: name,
            params: {},
            cache: false,
            tags: [],
            at,
            ...(pinned === undefined ? {} : { pinned: { ref: pinned } }),
          },
    ),
    jobs: [...jobs].flatMap(([name, { steps, ensure, interruptible, asksForApproval }]) =>
      gone.has(name)
        ? []
        : {
            name,
            group: name,
            at,
            services: [],
            steps,
            hooks: { ensure },
            serialGroups: [],
            priority: 0,
            tags: [],
            interruptible,
            disableManualTrigger: false,
            ...(asksForApproval ? { approvals: [{ label: 'release', approvals: 1 }] } : {}),
          },
    ),
    types: { runners: {}, resources: {}, services: {}, secrets: {}, notifications: {} },
    scope: { variables: {}, locals: {} },
  };
}

function jobFacts(world: SmallWorld, name: string, job: JobState): Snapshot['jobs'][number] {
  const builds = world.builds.filter((build) => build.job === name);
  const waiting = builds.find((build) => build.state === 'waiting');
  const used = new Set<VersionId>();
  for (const build of builds) {
    if (build === waiting) continue;
    for (const { resource, version } of build.inputs.values()) used.add(versionId(resource, version));
    for (const [resource, version] of build.outputs) used.add(versionId(resource, version));
  }
  return {
    id: name as JobId,
    name,
    active: !world.gone.has(name),
    ...(job.paused ? { pausedBy: 'ada', pausedAt: 0 } : {}),
    ...(job.hold === undefined ? {} : { hold: { reason: job.hold } }),
    ...(waiting === undefined
      ? {}
      : {
          pending: {
            buildId: buildId(waiting),
            revisionId: waiting.revision as RevisionId,
            inputs: inputsOf(waiting),
            needsApproval: needsApproval(job, waiting),
          },
        }),
    queued: builds
      .filter((build) => build.state === 'queued' && !build.manual)
      .map((build) => ({ buildId: buildId(build), inputs: inputsOf(build) })),
    live: builds
      .filter((build) => !build.manual && (build.state === 'queued' || build.state === 'running'))
      .map((build) => ({
        buildId: buildId(build),
        number: build.number,
        needsApproval: needsApproval(job, build),
        versions: new Map([...build.inputs].map(([step, { version }]) => [step, fieldsOf(version)])),
      })),
    used,
    passed: builds
      .filter((build) => build.state === 'passed')
      .map((build) => ({
        buildId: buildId(build),
        number: build.number,
        versions: new Map(
          [
            ...[...build.inputs.values()].map((input) => [input.resource, input.version] as const),
            ...build.outputs,
          ].map(([resource, version]) => [resourceId(resource), versionId(resource, version)]),
        ),
      })),
  };
}

const needsApproval = ({ asksForApproval }: JobState, { state, approved }: Build): boolean =>
  asksForApproval && !approved && (state === 'waiting' || state === 'queued');

const inputsOf = (build: Build): ChosenInput[] =>
  [...build.inputs].map(([step, { resource, version }]) => ({
    step,
    resourceId: resourceId(resource),
    versionId: versionId(resource, version),
  }));

function fieldsOf(version: string): Readonly<Record<string, Json>> {
  const [, branch] = version.split('@');
  return { ref: version, more: { n: 1 }, ...(branch === undefined ? {} : { branch }) };
}
