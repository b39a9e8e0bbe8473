/** What is owed of an attempt whose worker died in the middle of it: `ensure` hooks, and the stops of its services. */
import { allSteps } from '../../pipeline/plan-walk.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import { stopService } from '../services/run-service.ts';
import { createBuild, EFFECTS, type EngineHost } from './build.ts';
import { JOB } from './run-build.ts';
import { runSequence } from './run-step.ts';
import { sendNotices } from './send-notices.ts';
import { errored } from './step-end.ts';

export interface OwedOfBuild {
  /** In the order they were begun. */
  readonly openSteps: readonly { readonly step: string; readonly try: number; readonly told: boolean }[];
  readonly services: readonly string[];
  readonly serviceOutputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * In steps, all under `host.kill`:
 *
 * 1. steps that were running are told to have ended, `worker.restarted`;
 * 2. `ensure` of steps and of the job, inner before outer: what was begun last comes first;
 * 3. services are stopped, in reverse;
 * 4. who wants to hear of errors does, unless the build is tried again.
 *
 * What tasks handed on is not known any more; versions of `get` are, from the grant.
 */
export async function settleBuild(grant: BuildGrant, owed: OwedOfBuild, host: EngineHost): Promise<void> {
  const build = createBuild(grant, host);
  const steps = [...allSteps(grant.plan.steps, grant.plan.hooks)];
  for (const step of steps) {
    const input = step.kind === 'get' ? grant.inputs[step.id] : undefined;
    if (input !== undefined) build.gets.set(step.name, input.version);
  }
  for (const { id, name } of grant.plan.services) {
    const output = owed.serviceOutputs[id];
    if (output !== undefined) build.services.set(name, output);
  }
  const { problem } = errored(
    'worker.restarted',
    'the worker was killed while this step ran',
    'look into the log of the worker; was the machine out of memory, or restarted?',
  );
  for (const open of owed.openSteps) {
    if (open.told) continue;
    const at = host.clock.now();
    await host.emit({
      kind: 'step_ended',
      at,
      step: open.step,
      try: open.try,
      outcome: 'errored',
      ...(problem && { problem }),
    });
  }
  for (const open of owed.openSteps.toReversed()) {
    const hooks = open.step === JOB ? grant.plan.hooks : steps.find((step) => step.id === open.step)?.hooks;
    if (hooks?.ensure === undefined) continue;
    await runSequence(build, hooks.ensure, { signal: host.kill, environment: { BUILD_STATUS: 'errored' } });
    host.ledger.stepClosed(open.step);
  }
  for (const id of owed.services.toReversed()) {
    const service = grant.plan.services.find((candidate) => candidate.id === id);
    if (service !== undefined)
      await stopService(build, { service, hasStarted: true, lingering: undefined, watch: undefined });
  }
  build.hasEffects = owed.openSteps.some(({ step }) => step === EFFECTS);
  await sendNotices(build, 'errored');
}
