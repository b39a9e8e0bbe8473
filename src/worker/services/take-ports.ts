/** Ports that services insist on are taken for a whole build before its first service starts. */
import { CodedError } from '../../lib/coded-error.ts';
import type { PlanService } from '../../pipeline/plan.ts';
import type { StepRun } from '../engine/build.ts';

/** To be called in the step of the first service: what it waits for is said in the log of that. */
export async function takePorts(run: StepRun, signal: AbortSignal): Promise<void> {
  const { build } = run;
  if (build.ports !== undefined) return;
  build.ports = { [Symbol.dispose]: () => undefined };
  const wanted = await fixedPorts(run);
  const { ports } = build.host;
  if (ports === undefined || wanted.size === 0) return;
  const { build: facts } = build.grant;
  build.ports = await ports.take(
    {
      ports: [...wanted.keys()],
      holder: `build ${facts.number} of ${facts.pipeline}/${facts.job}`,
      waits: (port, holder) =>
        void run.log.say(
          `waiting for port ${port}, which ${holder} holds on this worker; without "port" each build has one of its own`,
        ),
    },
    signal,
  );
}

/** Which services insist on which port. Throws `service.same_port` when two do on one. */
async function fixedPorts(run: StepRun): Promise<Map<number, PlanService>> {
  const { plan } = run.build.grant;
  const found = new Map<number, PlanService>();
  for (const service of plan.services) {
    const value = service.params.port ?? plan.types.services[service.type]?.defaults.port;
    if (value === undefined) continue;
    const port = Number((await run.reader.read(value)).value);
    // Anything else is for the service itself to complain about.
    if (!Number.isInteger(port) || port < 1 || port > 65_535) continue;
    const other = found.get(port);
    if (other !== undefined) {
      throw new CodedError(
        'service.same_port',
        `the services ${other.name} and ${service.name} of this job both insist on port ${port}`,
        { hint: 'give one of them another "port", or none: then it takes a free one' },
      );
    }
    found.set(port, service);
  }
  return found;
}
