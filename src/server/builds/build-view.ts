import type { BuildView, buildInputView, CauseView } from '../../protocol/api.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { BuildCause, BuildInput, BuildRecord } from '../../store/records.ts';

/** A build as lists show it. `waitsFor` is said of pending ones. */
export function buildView(build: BuildRecord, inputs: readonly BuildInput[], waitsFor?: string): BuildView {
  return {
    id: build.id,
    team: build.team,
    pipeline: build.pipeline,
    job: build.job,
    number: build.number,
    status: build.status,
    cause: causeView(build.cause),
    ...(waitsFor !== undefined && { waitsFor }),
    revision: build.revision,
    versions: Object.fromEntries(inputs.map((input): [string, VersionFields] => [input.resource, input.version])),
    createdAt: build.createdAt,
    startedAt: build.startedAt ?? null,
    endedAt: build.endedAt ?? null,
    ...(build.problem !== undefined && { problem: build.problem }),
  };
}

export function inputView(input: BuildInput): (typeof buildInputView)['_output'] {
  return { step: input.step, resource: input.resource, version: input.version, metadata: input.metadata };
}

function causeView(cause: BuildCause): CauseView {
  return { ...cause };
}
