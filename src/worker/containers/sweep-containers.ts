/** Removes containers that a build left behind: those that mount its work directory, or are labelled with it, whoever started them. And its network. */
import type { Logger } from '../../lib/logger.ts';
import { askEngine } from './ask-engine.ts';

/** Programs that start containers and speak docker's command line. */
const ENGINES = new Set(['docker', 'podman', 'nerdctl']);
/** About ten seconds in all. */
const ROUNDS = 12;
const LONGEST_PAUSE_MS = 1_000;

/** The label of containers and networks that belong to the build of this directory. */
export const workDirLabel = (workDir: string): string => `pikoci.workdir=${workDir}`;

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
      if (round > 0) await pauseOf(round);
      await askEngine([engine, 'rm', '--force', '--volumes', ...ids], env);
    }
    await sweepNetworks(engine, workDir, env, logger);
    if (seen.size > 0) logger.info('containers left behind by a build were swept', { engine, count: seen.size });
  }
}

async function containersOf(engine: string, workDir: string, env: Readonly<Record<string, string>>, logger: Logger) {
  const found: string[] = [];
  // Filters of two kinds would have to be met both.
  for (const filter of [`volume=${workDir}`, `label=${workDirLabel(workDir)}`]) {
    found.push(...(await idsOf([engine, 'ps', '--all', '--quiet', '--filter', filter], env, logger)));
  }
  return [...new Set(found)];
}

/** A container that is only just gone may hold its network for a moment more. */
async function sweepNetworks(engine: string, workDir: string, env: Readonly<Record<string, string>>, logger: Logger) {
  const list = [engine, 'network', 'ls', '--quiet', '--filter', `label=${workDirLabel(workDir)}`] as const;
  for (let round = 0; ; round += 1) {
    const ids = await idsOf([...list], env, logger);
    if (ids.length === 0) return;
    const removed = await askEngine([engine, 'network', 'rm', ...ids], env);
    if (removed.code === 0) return;
    if (round === ROUNDS) {
      const why = removed.complaint;
      return logger.warn('the network of a build cannot be removed', { engine, networks: ids.join(' '), why });
    }
    await pauseOf(round);
  }
}

const pauseOf = (round: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(50 * 2 ** round, LONGEST_PAUSE_MS)));

async function idsOf(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<readonly string[]> {
  const { code, stdout, complaint } = await askEngine(argv, env);
  if (code === undefined) logger.warn('containers cannot be looked for', { engine: argv[0], why: complaint });
  return code === 0 ? stdout.split('\n').filter((id) => /^[0-9a-f]{6,64}$/.test(id)) : [];
}
