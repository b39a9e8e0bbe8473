/**
 * Builds that an `interruptible` job need not finish, because it has a newer one of the same line: the same pull request, branch or tag of
 * everything that triggers it. A resource whose versions name none of these is one line.
 *
 * From the newest to the oldest: the first of a line stays, every other one is superseded. Builds that a person asked for are no part of it. One that waits for
 * approval supersedes only what waits for approval itself: it may never run, and what was approved is not stopped for it.
 */
import type { VersionId } from '../lib/ids.ts';
import { canonicalJson, type Json } from '../lib/json.ts';
import type { ChosenInput, Decision, LiveBuild } from './snapshot.ts';
import type { IndexedJob, WorldIndex } from './world-index.ts';

/** What a newer build got, or will get. */
export interface NewerBuild {
  readonly inputs: readonly ChosenInput[];
  readonly needsApproval: boolean;
}

/** `newer` are builds that were just decided on, or that wait to be taken: newer than all that is live. */
export function superseded(world: WorldIndex, job: IndexedJob, newer: readonly NewerBuild[]): readonly Decision[] {
  const live = job.facts.live ?? [];
  if (!job.model.interruptible || live.length === 0) return [];
  const taken = new Set<string>();
  const takenForSure = new Set<string>();
  const take = (line: string, needsApproval: boolean): void => {
    taken.add(line);
    if (!needsApproval) takenForSure.add(line);
  };
  for (const { inputs, needsApproval } of newer) take(lineOf(job, versionsOf(world, job, inputs)), needsApproval);
  const decisions: Decision[] = [];
  for (const build of live.toSorted((a, b) => b.number - a.number)) {
    const line = lineOf(job, build.versions);
    if ((build.needsApproval ? taken : takenForSure).has(line)) {
      decisions.push({ kind: 'supersede', jobId: job.facts.id, job: job.facts.name, buildId: build.buildId });
    }
    take(line, build.needsApproval);
  }
  return decisions;
}

function lineOf(job: IndexedJob, versions: LiveBuild['versions']): string {
  const parts = job.gets
    .filter((get) => get.trigger)
    .map((get): Json => {
      const { pr, branch, tag } = versions.get(get.id) ?? {};
      return [get.id, pr ?? null, branch ?? null, tag ?? null];
    });
  return canonicalJson(parts);
}

function versionsOf(world: WorldIndex, job: IndexedJob, inputs: readonly ChosenInput[]): LiveBuild['versions'] {
  const chosen = new Map<string, VersionId>(inputs.map((input) => [input.step, input.versionId]));
  return new Map(
    job.gets.flatMap((get) => {
      const id = chosen.get(get.id);
      const version = id === undefined ? undefined : world.resources.get(get.resource)?.byId.get(id);
      return version === undefined ? [] : [[get.id, version.version] as const];
    }),
  );
}
