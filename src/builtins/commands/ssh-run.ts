/** The command of a step on another machine, by ssh. */
import { CodedError } from '../../lib/coded-error.ts';
import { shellQuote } from '../../pipeline/expand-command.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { keyFile } from '../key-file.ts';
import { readRemoteCommand, runUntilTold } from '../remote/remote-command.ts';
import { runRemotely } from '../remote/remote-place.ts';
import { runnerParam } from '../runner-param.ts';
import { sshOptions } from '../ssh/ssh-options.ts';

/** A machine that says nothing for a minute is gone. */
const ALIVE = ['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'];

export function sshRun(env: CommandEnv, io: CommandIo): Promise<number> {
  return runUntilTold(io, async (signal) => {
    using key = keyFile(runnerParam(env, 'private_key'));
    using knownHosts = keyFile(runnerParam(env, 'known_hosts'));
    const host = word(env, 'host');
    const user = runnerParam(env, 'user') === undefined ? '' : `${word(env, 'user')}@`;
    const options = [...sshOptions(key?.file, knownHosts?.file), ...ALIVE, '-p', word(env, 'port')];
    const place = {
      title: `the machine ${host}`,
      shell: (script: string) =>
        ['ssh', '-T', ...options, '--', `${user}${host}`, `exec /bin/sh -c ${shellQuote(script)}`] as const,
      env: { PATH: env.PATH, HOME: env.HOME, SSH_AUTH_SOCK: env.SSH_AUTH_SOCK },
      makeDirectory: 'mktemp -d -t pikoci-XXXXXXXXXX',
    };
    return await runRemotely(place, readRemoteCommand(env, signal));
  });
}

/** What stands on ssh's command line, and must not be taken for something else there. */
function word(env: CommandEnv, name: string): string {
  const text = runnerParam(env, name) ?? '';
  if (/^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$/.test(text)) return text;
  throw new CodedError('bad_parameter', `the "${name}" of the runner ssh cannot be ${JSON.stringify(text)}`);
}
