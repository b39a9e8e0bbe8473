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

export const isContainerEngine = (program: string): boolean => ENGINES.has(program);

export async function sweepContainers(
  engines: Iterable<string>,
  workDir: string,
  env: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<void> {
  for (const engine of engines) {
    const found = await output([engine, 'ps', '--all', '--quiet', '--filter', `volume=${workDir}`], env, logger);
    const ids = (found ?? '').split('\n').filter((id) => /^[0-9a-f]{6,64}$/.test(id));
    if (ids.length === 0) continue;
    await output([engine, 'rm', '--force', '--volumes', ...ids], env, logger);
    logger.info('containers left behind by a build were removed', { engine, count: ids.length });
  }
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
