/** Says whether a command met its limits: of one on the worker the kernel has counted, of one in a container its engine has told. */
import { basename } from 'node:path';
import type { ResourceLimits } from '../../lib/system/limit-files.ts';
import type { Parameters } from '../../pipeline/expand-command.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import { askEngine } from '../containers/ask-engine.ts';
import type { Environment } from '../engine/environment.ts';
import type { CommandLine } from './command-line.ts';
import type { ProcessEnd } from './run-process.ts';

export interface LimitsMet {
  /** The limit of memory, as it is written, for which something was killed. */
  readonly memory?: string | undefined;
  /** The limit of processes because of which some were not started. */
  readonly pids?: string | undefined;
}

export async function findLimitsMet(
  end: ProcessEnd,
  ran: {
    readonly line: CommandLine;
    readonly params: Parameters;
    readonly container: string;
    readonly env: Environment;
    readonly since: number;
  },
): Promise<LimitsMet> {
  const written = (limit: keyof ResourceLimits): string | undefined => plainText(ran.params[limit]?.value ?? null);
  const met = (limit: keyof ResourceLimits): string | undefined =>
    end.met.includes(limit) ? (written(limit) ?? String(ran.line.limits?.[limit])) : undefined;
  const [engine] = ran.line.argv;
  // podman keeps no such event.
  const mayBeKilled = end.interrupt === undefined && end.exit.code !== 0 && written('memory') !== undefined;
  const asksEngine = mayBeKilled && basename(engine) === 'docker';
  const inContainer = asksEngine && (await wasKilledForMemory(engine, end.exit.code, ran));
  return { memory: inContainer ? written('memory') : met('memory'), pids: met('pids') };
}

/** An engine may hear of it later than of the end of the container. */
const PAUSES_MS = [100, 200, 400];
/** 128 + SIGKILL: what a shell says of a command that was killed, and an engine of a container. */
const KILLED = 137;

/** The container is gone, but the engine remembers what happened lately. */
async function wasKilledForMemory(
  engine: string,
  code: number | null,
  { container, env, since }: { readonly container: string; readonly env: Environment; readonly since: number },
): Promise<boolean> {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
  for (const pause of [...PAUSES_MS, undefined]) {
    const answer = await askEngine(
      [
        ...([engine, 'events', '--since', seconds(since), '--until', seconds(Date.now())] as const),
        ...['--filter', `container=${container}`, '--filter', 'event=oom', '--format', '{{.Status}}'],
      ],
      env,
    );
    if (answer.code !== 0) return false;
    if (answer.stdout.trim() !== '') return true;
    if (code !== KILLED || pause === undefined) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return false;
}

export function tellLimitsMet({ memory, pids }: LimitsMet): string[] {
  return [
    ...(memory === undefined ? [] : [`something was killed: it used more than memory = ${memory}`]),
    ...(pids === undefined ? [] : [`not all processes could be started: there were as many as pids = ${pids} allows`]),
  ];
}
