/** Removes containers that a build left behind: those that mount its work directory, whoever started them and by what name. */
import { CodedError } from '../../lib/coded-error.ts';
import type { Logger } from '../../lib/logger.ts';
import { Interrupt, withDeadline } from '../engine/interrupt.ts';
import { createTextTail } from '../output/text-tail.ts';
import { NO_LEDGER } from '../runners/ledger.ts';
import { runProcess } from '../runners/run-process.ts';

/** Programs that start containers and speak docker's command line. */
const ENGINES = new Set(['docker', 'podman', 'nerdctl']);
const TIMEOUT_MS = 30_000;
/** About ten seconds in all. */
const ROUNDS = 12;
const LONGEST_PAUSE_MS = 1_000;

export const isContainerEngine = (program: string): boolean => ENGINES.has(program);

/**
 * Asks again after removing: an engine refuses to remove what it is about to remove by itself (`--rm`), and lists it until it
 * is done.
 */
export async function sweepContainers(
  engines: Iterable<string>,
  workDir: string,
  env: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<void> {
  for (const engine of engines) {
    const seen = new Set<string>();
    for (let round = 0; ; round++) {
      const ids = await containersOf(engine, workDir, env, logger);
      for (const id of ids) seen.add(id);
      if (ids.length === 0) break;
      if (round === ROUNDS) {
        logger.warn('containers of a build cannot be removed', { engine, containers: ids.join(' ') });
        break;
      }
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** round, LONGEST_PAUSE_MS)));
      await output([engine, 'rm', '--force', '--volumes', ...ids], env, logger);
    }
    if (seen.size > 0) logger.info('containers left behind by a build were swept', { engine, count: seen.size });
  }
}

async function containersOf(
  engine: string,
  workDir: string,
  env: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<readonly string[]> {
  const found = await output([engine, 'ps', '--all', '--quiet', '--filter', `volume=${workDir}`], env, logger);
  return (found ?? '').split('\n').filter((id) => /^[0-9a-f]{6,64}$/.test(id));
}

async function output(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<string | undefined> {
  const never = new AbortController().signal;
  using limited = withDeadline(never, TIMEOUT_MS, () => new Interrupt('timed_out'));
  const said = createTextTail(64 * 1024);
  try {
    const end = await runProcess({
      argv,
      env,
      cwd: '/',
      output: (bytes, stream) => (stream === 'stdout' ? said.push(bytes) : undefined),
      separate: true,
      signal: limited.signal,
      kill: never,
      graceMs: 1_000,
      ledger: NO_LEDGER,
      step: 'sweep',
    });
    return end.exit.code === 0 ? said.text() : undefined;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    logger.warn('containers cannot be looked for', { engine: argv[0], code: error.code });
    return undefined;
  }
}
