import type { HoldView, JobView } from '../../protocol/api.ts';
import type { BuildView } from '../../protocol/builds.ts';
import type { JobRecord } from '../../store/records.ts';
import { pauseView } from '../marks.ts';
import type { Revision } from '../pipelines/revisions.ts';

/** `builds` newest first. A job that is no longer in the pipeline has no inputs any more. */
export function jobView(
  job: JobRecord,
  revision: Revision,
  builds: readonly BuildView[],
  hold: HoldView | undefined,
): JobView {
  const shape = revision.shape.jobs.find((one) => one.name === job.name);
  return {
    name: job.name,
    group: job.group,
    paused: job.pausedBy !== undefined,
    ...(job.pausedBy !== undefined && { pausedBy: job.pausedBy }),
    ...pauseView(job),
    ...(hold !== undefined && { hold }),
    disableManualTrigger: revision.job(job.name)?.disableManualTrigger ?? true,
    inputs: (shape?.inputs ?? []).map(({ resource, trigger, passed }) => ({ resource, trigger, passed: [...passed] })),
    outputs: [...(shape?.outputs ?? [])],
    manualInputs: [...(revision.job(job.name)?.inputs ?? [])],
    builds: [...builds],
  };
}
