/** What the tests of a whole server share: their pipelines, and how a build is watched. */
import type { Pipeline } from '../pipeline/model.ts';
import type { BuildStreamMessage } from '../protocol/builds.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { type ApiCalls, bundleOf } from './api-calls.fixture.ts';

/** Two jobs in a row over one resource, and one that only people start. */
const chain = model(
  [resource('src', { schedule: { kind: 'every', ms: 3_600_000 } })],
  [
    job('test', [get('1', 'git.src'), task('2')]),
    job('deploy', [get('1', 'git.src', { passed: ['test'] }), task('2')]),
    job('manual', [task('1')]),
  ],
);

/** Something newer stops what runs. */
const impatient = model([resource('src')], [job('test', [get('1', 'git.src'), task('2')], { interruptible: true })]);

export const pipelines: Record<string, Pipeline> = { chain, impatient };
export const p = { team: 'main', pipeline: 'p' };
export const P = '/teams/main/pipelines/p';
export const manual = { ...p, job: 'manual' };

export const set = (api: ApiCalls, name: string, variables = {}) =>
  api.call('setPipeline', p, { body: bundleOf(name, variables) });

/** Reads messages until one satisfies, and gives them all. */
export async function readUntil(response: Response, over: (message: BuildStreamMessage) => boolean) {
  const seen: { id: string | undefined; message: BuildStreamMessage }[] = [];
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks.filter((text) => !text.startsWith(':'))) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const message = JSON.parse(field('data') ?? '') as BuildStreamMessage;
      seen.push({ id: field('id'), message });
      if (over(message)) return seen;
    }
  }
  return seen;
}

export const textOf = (seen: readonly { message: BuildStreamMessage }[]): string =>
  seen.map(({ message }) => (message.event === 'log' ? message.text : '')).join('');
