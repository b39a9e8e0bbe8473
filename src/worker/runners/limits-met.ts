/** Says whether a command met its limits: of one on the worker the kernel has counted, of one in a container its engine may know. */
import { basename } from 'node:path';
import type { ResourceLimits } from '../../lib/system/limit-files.ts';
import type { Parameters } from '../../pipeline/expand-command.ts';
import { plainText } from '../../pipeline/plain-text.ts';
import { askEngine } from '../containers/ask-engine.ts';
import type { Environment } from '../engine/environment.ts';
import type { CommandLine } from './command-line.ts';
import type { ProcessEnd } from './run-process.ts';

export interface LimitsMet {
  /** The limit of memory for which something was killed: what of it is to be said. */
  readonly memory?: string | undefined;
  /** The limit of processes because of which some were not started, as it is written. */
  readonly pids?: string | undefined;
}

interface Ran {
  readonly line: CommandLine;
  readonly params: Parameters;
  readonly container: string;
  readonly env: Environment;
}

export async function findLimitsMet(end: ProcessEnd, ran: Ran): Promise<LimitsMet> {
  const limitOf = (limit: keyof ResourceLimits): string =>
    plainText(ran.params[limit]?.value ?? null) ?? String(ran.line.limits?.[limit]);
  const isElsewhere = ran.line.limits?.memory === undefined && (ran.params.memory?.value ?? null) !== null;
  const killed = isElsewhere ? await killedElsewhere(end, ran) : end.met.includes('memory') && 'certainly';
  const why = `it used more than memory = ${limitOf('memory')}`;
  return {
    ...(killed !== false && { memory: killed === 'certainly' ? `killed: ${why}` : `killed, probably because ${why}` }),
    ...(end.met.includes('pids') && { pids: limitOf('pids') }),
  };
}

/** docker may hear of it later than of the end of the container, and on a busy machine not at all. */
const PAUSES_MS = [50, 100, 200, 400];
/** 128 + SIGKILL: what a shell says of a command that was killed, and an engine of a container. */
const KILLED = 137;

async function killedElsewhere(
  { exit: { code }, interrupt }: ProcessEnd,
  { line, container, env }: Ran,
): Promise<'certainly' | 'probably' | false> {
  if (interrupt !== undefined || code === 0) return false;
  const otherwise = code === KILLED && 'probably';
  const [engine] = line.argv;
  if (basename(engine) !== 'docker') return otherwise;
  for (const pause of [...PAUSES_MS, undefined]) {
    const { stdout } = await askEngine([engine, 'inspect', '--format', '{{.State.OOMKilled}}', container], env);
    if (stdout.trim() === 'true') return 'certainly';
    if (stdout.trim() !== 'false' || code !== KILLED || pause === undefined) return otherwise;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return otherwise;
}

export function tellLimitsMet({ memory, pids }: LimitsMet): string[] {
  return [
    ...(memory === undefined ? [] : [`something was ${memory}`]),
    ...(pids === undefined ? [] : [`not all processes could be started: there were as many as pids = ${pids} allows`]),
  ];
}
