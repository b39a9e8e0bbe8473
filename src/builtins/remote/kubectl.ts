/** A pod of one container, for the command of one step, by way of kubectl. */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { type ProgramResult, runProgram } from '../run-program.ts';
import { runnerParam } from '../runner-param.ts';

const CONTAINER = 'step';
/** A pod that nobody deletes any more, because its worker is gone, ends by itself. */
const LONGEST_LIFE_SECONDS = 24 * 60 * 60;
const POLL_MS = 500;
/** What will not become better by waiting. */
const HOPELESS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

export interface Pod {
  readonly name: string;
  readonly image: string;
  readonly serviceAccount: string | undefined;
  readonly limits: Readonly<Record<string, string>>;
  /** How long it may take until it runs. */
  readonly startMs: number;
}

export interface Kubectl {
  /** Starts the pod and waits until it runs. Throws `pod_failed`. */
  start(pod: Pod, signal: AbortSignal): Promise<void>;
  shell(pod: string, script: string): readonly [string, ...string[]];
  /** Whether there was one or not. Throws `pod_failed`. */
  remove(pod: string): Promise<void>;
}

const podState = z.object({
  status: z
    .object({
      phase: z.string().optional(),
      message: z.string().optional(),
      conditions: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).default([]),
      containerStatuses: z
        .array(
          z.object({
            ready: z.boolean().default(false),
            state: z
              .object({
                waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
              })
              .default({}),
          }),
        )
        .default([]),
    })
    .default({ conditions: [], containerStatuses: [] }),
});
type PodState = z.infer<typeof podState>['status'];

export function openKubectl(env: CommandEnv, io: CommandIo): Kubectl {
  const option = (name: string): string[] => {
    const value = runnerParam(env, name);
    return value === undefined ? [] : [`--${name}=${value}`];
  };
  const base = ['kubectl', ...option('kubeconfig'), ...option('context'), ...option('namespace')] as const;
  const kubectl = (args: readonly string[], stdin?: string): Promise<ProgramResult> =>
    runProgram(base[0], [...base.slice(1), ...args], { env, ...(stdin !== undefined && { stdin }) });

  async function stateOf(name: string): Promise<PodState> {
    const { exitCode, stdout, stderr } = await kubectl(['get', 'pod', name, '--output=json']);
    if (exitCode !== 0) throw new CodedError('pod_failed', `the pod ${name} cannot be asked for: ${stderr.trim()}`);
    return podState.parse(JSON.parse(stdout)).status;
  }

  return {
    async start(pod, signal) {
      const made = await kubectl(['create', '--filename=-'], JSON.stringify(manifest(pod)));
      if (made.exitCode !== 0) {
        throw new CodedError('pod_failed', `kubectl could not make a pod: ${made.stderr.trim()}`, {
          hint: 'The worker needs a kubeconfig, or the service account of the pod it runs in, that may create, get, exec into and delete pods.',
        });
      }
      const deadline = performance.now() + pod.startMs;
      let told = '';
      while (!signal.aborted) {
        const state = await stateOf(pod.name);
        const [container] = state.containerStatuses;
        if (container?.ready === true) return;
        const { reason, message } = container?.state.waiting ?? { reason: '', message: '' };
        const why = [reason, message || state.message || state.conditions.at(-1)?.message].filter(Boolean).join(': ');
        if (HOPELESS.has(reason) || state.phase === 'Failed' || state.phase === 'Succeeded') {
          throw new CodedError('pod_failed', `the pod with ${pod.image} does not start: ${why || state.phase}`);
        }
        if (performance.now() > deadline) {
          throw new CodedError('pod_failed', `the pod with ${pod.image} has not started in time: ${why}`, {
            hint: 'Give it longer with "start_timeout", or look whether the cluster has room: kubectl describe nodes',
          });
        }
        if (why !== told && why !== '') io.stderr(`the pod waits: ${why}\n`);
        told = why;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    shell: (pod, script) => [
      ...base,
      'exec',
      '--stdin',
      pod,
      `--container=${CONTAINER}`,
      '--',
      '/bin/sh',
      '-c',
      script,
    ],
    async remove(pod) {
      const { exitCode, stderr } = await kubectl(['delete', 'pod', pod, '--ignore-not-found', '--wait=false']);
      if (exitCode !== 0) throw new CodedError('pod_failed', `the pod ${pod} cannot be deleted: ${stderr.trim()}`);
    },
  };
}

function manifest({ name, image, serviceAccount, limits }: Pod): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'pikoci' } },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: LONGEST_LIFE_SECONDS,
      terminationGracePeriodSeconds: 1,
      ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
      volumes: [{ name: 'build', emptyDir: {} }],
      containers: [
        {
          name: CONTAINER,
          image,
          // It only stays: what the step says is run beside it.
          command: ['/bin/sh', '-c', `exec sleep ${LONGEST_LIFE_SECONDS}`],
          volumeMounts: [{ name: 'build', mountPath: '/pikoci' }],
          resources: { limits, requests: limits },
        },
      ],
    },
  };
}
