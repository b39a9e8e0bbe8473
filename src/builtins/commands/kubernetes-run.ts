/** The command of a step in a pod of its own. */
import { CodedError } from '../../lib/coded-error.ts';
import { parseDuration } from '../../lib/duration.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { openKubectl } from '../remote/kubectl.ts';
import { readRemoteCommand, runUntilTold } from '../remote/remote-command.ts';
import { runRemotely } from '../remote/remote-place.ts';
import { runnerParam } from '../runner-param.ts';

export function kubernetesRun(env: CommandEnv, io: CommandIo): Promise<number> {
  return runUntilTold(io, async (signal) => {
    const kubectl = openKubectl(env, io);
    const name = podName(env);
    const image = runnerParam(env, 'image') ?? '';
    const limits = { memory: runnerParam(env, 'memory'), cpu: runnerParam(env, 'cpus') };
    const given = Object.entries(limits).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    const serviceAccount = runnerParam(env, 'service_account');
    await kubectl.start(
      { name, image, serviceAccount, limits: Object.fromEntries(given), startMs: startMs(env) },
      signal,
    );
    const place = {
      title: `the pod ${name}`,
      shell: (script: string) => kubectl.shell(name, script),
      env,
      makeDirectory: 'mktemp -d /pikoci/build-XXXXXXXXXX',
    };
    return signal.aborted ? 1 : await runRemotely(place, readRemoteCommand(env, signal));
  });
}

/** What is left of a step: its pod, if it has one still. */
export async function kubernetesCleanup(env: CommandEnv, io: CommandIo): Promise<number> {
  await openKubectl(env, io).remove(podName(env));
  return 0;
}

const podName = (env: CommandEnv): string => (runnerParam(env, 'container') ?? '').toLowerCase();

function startMs(env: CommandEnv): number {
  const text = runnerParam(env, 'start_timeout') ?? '5m';
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CodedError(
    'bad_parameter',
    `the "start_timeout" of the runner kubernetes cannot be ${JSON.stringify(text)}`,
    {
      hint: 'It is a length of time: "5m".',
    },
  );
}
