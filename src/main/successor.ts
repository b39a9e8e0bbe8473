/** SIGUSR2: a server starts the one that is to replace it, as it was started itself. What is at its path by now may be another version. */
import { spawn } from 'node:child_process';
import type { Logger } from '../lib/logger.ts';
import { selfCommand } from './self-command.ts';

/** The flag that makes it take over. */
const TAKEOVER = '--takeover';

export function startSuccessor(logger: Logger): void {
  const [program, ...before] = selfCommand();
  const given = process.argv.slice(2);
  const args = given.some((arg) => arg === TAKEOVER) ? given : [...given, TAKEOVER];
  const successor = spawn(program, [...before, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  successor.on('spawn', () => logger.info(`started process ${successor.pid} to take over`));
  successor.on('error', (error) =>
    logger.error(`the server that was to take over could not be started: ${error.message}`),
  );
  successor.on('exit', (code, signal) => {
    logger.error(`process ${successor.pid}, which was to take over, ended (${signal ?? `exit ${code}`}): going on`);
  });
  // It outlives this process.
  successor.unref();
}
