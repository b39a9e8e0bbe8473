import { formatDuration } from '../../lib/duration.ts';
import type { CheckSchedule } from '../../pipeline/model.ts';
import type { CheckView, ResourceView, VersionView } from '../../protocol/api.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { CheckRecord, ResourceRecord, VersionRecord } from '../../store/records.ts';
import { markView } from '../marks.ts';

export interface ResourceFacts {
  readonly latest: VersionRecord | undefined;
  /** By a person, else by its block. */
  readonly pinned: VersionRecord | undefined;
  readonly pinnedInText: VersionFields | undefined;
  readonly openCheck: CheckRecord | undefined;
}

export function resourceView(
  resource: ResourceRecord,
  { latest, pinned, pinnedInText, openCheck }: ResourceFacts,
  defaultEveryMs: number,
): ResourceView {
  const byPerson = resource.pinnedVersionId !== undefined;
  return {
    address: resource.address,
    type: resource.type,
    name: resource.name,
    schedule: resource.neverChecked ? 'when a job puts one' : describeSchedule(resource.schedule, defaultEveryMs),
    ...(resource.neverChecked && { neverChecked: true }),
    ...(byPerson && pinned !== undefined && { pinned: pinned.version }),
    ...(resource.pinned !== undefined && { pin: markView(resource.pinned) }),
    ...(pinned?.disabled === true && { pinDisabled: true as const }),
    ...(pinnedInText !== undefined && { pinnedInText }),
    ...(latest !== undefined && { latest: latest.version, latestMetadata: latest.metadata }),
    ...(latest?.disabled === true && { latestDisabled: true as const }),
    nextCheckAt: resource.nextCheckAt,
    lastCheckAt: resource.lastCheckAt ?? null,
    ...(resource.lastCheckStatus !== undefined && { lastCheckStatus: resource.lastCheckStatus }),
    ...(resource.lastCheckProblem !== undefined && { lastCheckProblem: resource.lastCheckProblem }),
    lastCheckLog: resource.lastCheckLog,
    ...(openCheck !== undefined && { checkingSince: openCheck.requestedAt }),
  };
}

/** As it is written in a pipeline: `@every 10s`, `0 6 * * *`, with the time zone when it is not UTC. */
export function describeSchedule(schedule: CheckSchedule | undefined, defaultEveryMs: number): string {
  if (schedule?.kind !== 'cron') return `@every ${plainDuration(schedule?.ms ?? defaultEveryMs)}`;
  return schedule.timezone === 'UTC' ? schedule.expression : `${schedule.expression} ${schedule.timezone}`;
}

function plainDuration(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return formatDuration(ms);
}

export function versionView(record: VersionRecord): VersionView {
  const { id, version, metadata, disabled, disabledMark, firstSeenAt } = record;
  const disable = disabledMark === undefined ? {} : { disable: markView(disabledMark) };
  return { id, version, metadata, disabled, ...disable, firstSeenAt };
}

export function checkView(check: CheckRecord, resource: ResourceRecord): CheckView {
  return {
    id: check.id,
    resource: resource.address,
    status: check.status,
    requestedAt: check.requestedAt,
    endedAt: check.endedAt ?? null,
    ...(check.problem !== undefined && { problem: check.problem }),
    ...(check.newVersions !== undefined && { newVersions: check.newVersions }),
  };
}
