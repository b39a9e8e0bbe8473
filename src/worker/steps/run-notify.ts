import { CodedError } from '../../lib/coded-error.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import type { NotifyStep } from '../../pipeline/plan-step.ts';
import type { StepRun } from '../engine/build.ts';
import { newsAsEnvironment, valuesAsEnvironment } from '../engine/environment.ts';
import { endOfCommand, type StepEnd } from '../engine/step-end.ts';

/** A `notify`. */
export async function runNotify(step: NotifyStep, run: StepRun): Promise<StepEnd> {
  const type = run.build.grant.plan.types.notifications[step.type];
  if (type === undefined) {
    throw new CodedError('plan.incomplete', `the build's plan has no notification type ${step.type}`);
  }
  const params = await run.reader.readAll(step.params);
  const attributes = await run.reader.readAll(step.attributes);
  const message = step.message === undefined ? undefined : plainText((await run.reader.read(step.message)).value);
  const end = await run.build.run({
    step: run.id,
    command: type.notify,
    builtin: type.builtin,
    reader: run.reader,
    environment: {
      ...run.environment,
      ...newsAsEnvironment(run.build.grant.build, run.build.host.clock.now() - run.build.startedAt),
      ...valuesAsEnvironment('param_', params),
      ...valuesAsEnvironment('notify_', attributes),
      ...(message !== undefined && { NOTIFY_MESSAGE: message }),
    },
    signal: run.signal,
    output: (bytes) => run.log.write(bytes),
  });
  return endOfCommand(end);
}
