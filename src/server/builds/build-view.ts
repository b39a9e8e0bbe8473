import type { BuildView, buildInputView, CauseView } from '../../protocol/builds.ts';
import type { ApprovalView } from '../../protocol/gates.ts';
import type { ReasonView } from '../../protocol/reasons.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { BuildCause, BuildInput, BuildRecord } from '../../store/records.ts';

/** A build as lists show it. `wait` is said of pending ones. */
export function buildView(
  build: BuildRecord,
  inputs: readonly BuildInput[],
  wait?: ReasonView,
  approval?: ApprovalView,
): BuildView {
  return {
    id: build.id,
    team: build.team,
    pipeline: build.pipeline,
    job: build.job,
    number: build.number,
    status: build.status,
    cause: causeView(build.cause),
    ...(wait !== undefined && { waitsFor: wait.text, wait }),
    revision: build.revision,
    versions: Object.fromEntries(inputs.map((input): [string, VersionFields] => [input.resource, input.version])),
    createdAt: build.createdAt,
    startedAt: build.startedAt ?? null,
    endedAt: build.endedAt ?? null,
    ...(build.cancelRequestedBy !== undefined && { cancelledBy: build.cancelRequestedBy }),
    ...(build.problem !== undefined && { problem: build.problem }),
    ...(approval !== undefined && { approval }),
    ...(build.event !== undefined && { event: build.event }),
    ...(build.held && { held: true }),
    ...(build.released !== undefined && { released: { by: build.released.by, at: build.released.at } }),
    ...(build.logDeletedAt !== undefined && { logDeletedAt: build.logDeletedAt }),
  };
}

export function inputView(input: BuildInput): (typeof buildInputView)['_output'] {
  return { step: input.step, resource: input.resource, version: input.version, metadata: input.metadata };
}

function causeView(cause: BuildCause): CauseView {
  return { ...cause };
}
