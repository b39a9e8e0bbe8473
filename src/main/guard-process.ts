/**
 * A process of our own that waits at the end of a pipe, and is left behind when we are killed: the kernel closes the other end with our death,
 * however it comes. It waits in a shell, which is small and there at once, for most of us are never killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { selfCommand } from './self-command.ts';

const WAIT = `trap '' HUP INT TERM; settings=$1; shift; IFS= read -r last; test "$last" = done && exit 0
printf '%s\\n' "$settings" | "$@"`;

export interface GuardProcess {
  /** Resolves when it has ended, for whatever reason. */
  readonly gone: Promise<void>;
  /** Lets it go; `done`: there is nothing to be done, else it does what it does when we are killed. Resolves when it has ended. */
  end(done: boolean): Promise<void>;
}

/** `settings`, as JSON, are what `pikoci guard` gets on its standard input. */
export function startGuardProcess(settings: unknown, env: NodeJS.ProcessEnv = process.env): GuardProcess {
  // In a session of its own: what ends us from the terminal does not end it.
  const args = ['-c', WAIT, 'sh', JSON.stringify(settings), ...selfCommand(), 'guard'];
  const child: ChildProcess = spawn('/bin/sh', args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env,
  });
  // Without a guard there is work all the same.
  child.stdin?.on('error', () => undefined);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    gone,
    async end(done) {
      child.stdin?.end(done ? 'done\n' : '');
      await gone;
    },
  };
}
