/** A service of a job: started, waited for, stopped. Each of the three is shown as a step of its own. */
import { CodedError } from '../../lib/coded-error.ts';
import { formatDuration } from '../../lib/duration.ts';
import { linkSignals } from '../../lib/linked-signal.ts';
import { serviceStepId } from '../../pipeline/describe-plan.ts';
import { parametersOfRunner } from '../../pipeline/expand-command.ts';
import type { PlanService } from '../../pipeline/plan.ts';
import type { RunnerCommand, ServiceType } from '../../pipeline/plan-types.ts';
import type { PlanValue } from '../../pipeline/plan-value.ts';
import type { Outcome } from '../../protocol/status.ts';
import { type BuildNetwork, openBuildNetwork } from '../containers/build-network.ts';
import type { Build, StepRun } from '../engine/build.ts';
import { type Environment, valuesAsEnvironment } from '../engine/environment.ts';
import { Interrupt, interruptOf, pause, withDeadline } from '../engine/interrupt.ts';
import { parseOutputFile } from '../engine/output-file.ts';
import { endOfCommand, errored, type StepEnd } from '../engine/step-end.ts';
import { createTextTail } from '../output/text-tail.ts';
import type { CommandRequest } from '../runners/run-command.ts';
import type { Lingering } from '../runners/run-process.ts';
import type { EvaluatedValues } from '../secrets/value-reader.ts';
import { asStep } from './service-step.ts';
import { createServiceOutput, type ServiceOutput, type ServiceWatch, watchService } from './service-watch.ts';
import { takePorts } from './take-ports.ts';

/** A `start` must return, with the server behind it; pulling an image may take a while. */
const START_TIMEOUT_MS = 15 * 60_000;
const STOP_TIMEOUT_MS = 5 * 60_000;
/** What `stop` leaves gets this long between TERM and KILL. */
const LINGERING_GRACE_MS = 3_000;

export interface StartedService {
  readonly service: PlanService;
  /** Whether its `start` ended well. */
  readonly hasStarted: boolean;
  readonly lingering: Lingering | undefined;
  readonly watch: ServiceWatch | undefined;
}

export interface ServiceStart {
  readonly outcome: Outcome;
  /** Present as soon as its `start` has run: it must be stopped, whatever else happened. */
  readonly started: StartedService | undefined;
}

export async function startService(build: Build, service: PlanService, signal: AbortSignal): Promise<ServiceStart> {
  const { ledger } = build.host;
  let hasRun = false;
  let lingering: Lingering | undefined;
  let output: ServiceOutput | undefined;
  const outcome = await asStep(build, serviceStepId(service, 'start'), signal, async (run) => {
    await takePorts(run, run.signal);
    build.network ??= networkFor(build);
    const network = await build.network;
    output = createServiceOutput(run.log.write, build.host.masks);
    using limited = withDeadline(run.signal, START_TIMEOUT_MS, () => new Interrupt('timed_out'));
    const request = await requestOf(service, run, (type) => type.start, network?.name);
    hasRun = true;
    ledger.serviceOwed(service.id);
    const command = { ...request, signal: limited.signal, output: output.write, takesFiles: true, lingers: true };
    const end = await build.run(command).catch((error: unknown) => {
      // Its program is not there, so nothing was started.
      if (error instanceof CodedError && error.code.startsWith('exec.')) hasRun = false;
      throw error;
    });
    lingering = end.lingering;
    const { values: told, warnings } = parseOutputFile(end.written);
    for (const warning of warnings) await run.log.say(warning);
    build.services.set(service.name, told);
    const { masks } = build.host;
    ledger.serviceTold(service.id, Object.fromEntries(Object.entries(told).filter(([, value]) => !masks.finds(value))));
    if (end.interrupt?.kind === 'timed_out' && end.interrupt.limit === undefined) {
      return errored(
        'service.start_hangs',
        `start of the service ${service.name} did not return within ${formatDuration(START_TIMEOUT_MS)}`,
        'start must return when the service is on its way: put the server into the background with &',
      );
    }
    return worldFails(
      endOfCommand(end),
      'service.start_failed',
      `start of the service ${service.name}`,
      output.lastLines(),
    );
  });
  if (!hasRun) {
    ledger.serviceStopped(service.id);
    return { outcome, started: undefined };
  }
  if (outcome !== 'succeeded' || output === undefined) {
    return { outcome, started: { service, hasStarted: false, lingering, watch: undefined } };
  }
  const watch = await watchService(build, service, lingering, output);
  const started = { service, hasStarted: true, lingering, watch };
  return { outcome: await waitUntilReady(build, service, watch, signal), started };
}

/** Only where something could be in it: a service that may be in a container, or a step that is. */
async function networkFor(build: Build): Promise<BuildNetwork | undefined> {
  const { types, services } = build.grant.plan;
  const mayBeInside = services.some(({ type, params }) => {
    const { mode } = params;
    return types.services[type]?.builtin === true && !(mode?.kind === 'known' && mode.value === 'process');
  });
  const asks = Object.values(types.runners).some((runner) => parametersOfRunner(runner).has('network'));
  if (!mayBeInside && !asks) return undefined;
  const { workDir, environment, onProgram } = build.host;
  const network = await openBuildNetwork(workDir, environment);
  if (network !== undefined) onProgram?.('docker');
  return network;
}

/** Asks again and again until the service says yes. What it answers is logged when it changes. */
async function waitUntilReady(
  build: Build,
  service: PlanService,
  watch: ServiceWatch | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const check = build.grant.plan.types.services[service.type]?.readyCheck;
  if (check === undefined) return 'succeeded';
  const timeUp = (): Interrupt => new Interrupt('timed_out');
  return await asStep(build, serviceStepId(service, 'ready'), signal, async (run) => {
    using alive = linkSignals(run.signal, ...(watch === undefined ? [] : [watch.died]));
    using limited = withDeadline(alive.signal, check.timeoutMs, timeUp);
    let said = '';
    for (let asked = 1; ; asked += 1) {
      const tail = createTextTail(16_384);
      const end = await build.run({
        ...(await requestOf(service, run, () => check.command)),
        signal: limited.signal,
        output: (bytes) => tail.push(bytes),
      });
      const answer = tail.text();
      if (answer !== said && answer !== '') await run.log.write(new TextEncoder().encode(answer));
      said = answer === '' ? said : answer;
      if (end.interrupt === undefined && end.exit.code === 0) return endOfCommand(end);
      if (!limited.signal.aborted) await pause(check.intervalMs, limited.signal);
      const interrupt = interruptOf(run.signal);
      if (interrupt !== undefined) return endOfCommand({ exit: end.exit, interrupt });
      if (watch?.died.aborted === true) return { outcome: 'errored', problem: watch.died.reason };
      if (limited.signal.aborted) {
        const last = said.trim().slice(-500);
        return errored(
          'service.not_ready',
          `the service ${service.name} was not ready after ${formatDuration(check.timeoutMs)}; its ready_check was asked ${asked} time(s)${last === '' ? ' and said nothing' : `, last it said: ${last}`}`,
          'look in its log, or raise timeout of the ready_check',
        );
      }
    }
  });
}

/**
 * Runs the service's `stop`, then ends whatever is left of it. Only a second cancellation ends it early. Does not throw: what cannot be done
 * is the outcome.
 */
export async function stopService(build: Build, started: StartedService): Promise<Outcome> {
  const { service, hasStarted, lingering, watch } = started;
  const { host } = build;
  const type = build.grant.plan.types.services[service.type];
  let outcome: Outcome = 'succeeded';
  watch?.expectEnd();
  if (type?.stop !== undefined) {
    outcome = await asStep(
      build,
      serviceStepId(service, 'stop'),
      host.kill,
      async (run) => {
        const end = await build.run({
          ...(await requestOf(service, run, ({ stop, start }) => stop ?? start, undefined, true)),
          signal: run.signal,
          output: (bytes) => run.log.write(bytes),
        });
        if (end.interrupt?.kind === 'timed_out') {
          return errored(
            'service.stop_hangs',
            `stop of the service ${service.name} did not end within ${formatDuration(STOP_TIMEOUT_MS)}; what was left of the service was killed`,
          );
        }
        const ended = worldFails(endOfCommand(end), 'service.stop_failed', `stop of the service ${service.name}`);
        // What never started cannot be stopped: why it did not has been said.
        return hasStarted || ended.outcome !== 'errored' ? ended : { ...ended, outcome: 'warning' };
      },
      STOP_TIMEOUT_MS,
    );
  }
  await lingering?.end(host.kill.aborted ? 0 : LINGERING_GRACE_MS);
  await watch?.finish();
  host.ledger.serviceStopped(service.id);
  return outcome;
}

async function requestOf(
  service: PlanService,
  run: StepRun,
  choose: (type: ServiceType) => RunnerCommand,
  network?: string,
  leniently = false,
): Promise<Pick<CommandRequest, 'step' | 'command' | 'builtin' | 'reader' | 'environment'>> {
  const type = run.build.grant.plan.types.services[service.type];
  if (type === undefined) {
    throw new CodedError('plan.incomplete', `the build's plan has no service type ${service.type}`);
  }
  const values = { ...type.defaults, ...service.params };
  const params = leniently ? await readWhatCanBe(values, run) : await run.reader.readAll(values);
  return {
    step: run.id,
    command: choose(type),
    builtin: type.builtin,
    reader: run.reader,
    environment: {
      ...run.environment,
      SERVICE_NAME: service.name,
      ...(network !== undefined && { PIKOCI_NETWORK: network }),
      ...valuesAsEnvironment('param_', params),
      ...outputsAsEnvironment(run.build.services.get(service.name)),
    },
  };
}

/** `service_<key>`: what `start` told, for the other commands of the type, which do not know under which name the steps are told. */
function outputsAsEnvironment(output: Readonly<Record<string, string>> = {}): Environment {
  return Object.fromEntries(Object.entries(output).map(([key, value]) => [`service_${key.toLowerCase()}`, value]));
}

/** For `stop`, which must run even when a secret cannot be had any more: without it, and saying so. */
async function readWhatCanBe(values: Readonly<Record<string, PlanValue>>, run: StepRun): Promise<EvaluatedValues> {
  const found: Record<string, EvaluatedValues[string]> = {};
  for (const [name, value] of Object.entries(values)) {
    try {
      found[name] = await run.reader.read(value);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      await run.log.say(`warning: the service is stopped without its parameter ${name}: ${error.message}`);
    }
  }
  return found;
}

/** A service that fails is not the author's code under test: it is our side. */
function worldFails(end: StepEnd, code: string, what: string, said = ''): StepEnd {
  if (end.outcome !== 'failed' || end.problem !== undefined)
    return end.outcome === 'failed' ? { ...end, outcome: 'errored' } : end;
  return {
    ...end,
    outcome: 'errored',
    problem: { code, message: `${what} ended with ${end.exitCode}${said}`, hint: 'the log of this step says why' },
  };
}
