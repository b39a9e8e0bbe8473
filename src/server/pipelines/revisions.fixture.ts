/** A server with a few pipelines, its API, and people of several roles: for tests of plans and revisions. */
import { systemClock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { PlanValue } from '../../pipeline/plan-value.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import type { Role } from '../../store/identity-store.ts';
import { type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import { createSessions } from '../auth/sessions.ts';
import type { TestServer } from '../test-server.fixture.ts';

const known = (value: string): PlanValue => ({ kind: 'known', value });
const src = resource('src');
const moved = resource('src', { params: { uri: known('https://moved') } });
const unit = (timeoutMs?: number) => ({ ...task('2'), name: 'unit', ...(timeoutMs !== undefined && { timeoutMs }) });

/** By the text of their file. */
export const pipelines = (): Record<string, Pipeline> => ({
  one: model([src], [job('test', [get('1', 'git.src'), unit(300_000)]), job('deploy', [task('1')])]),
  'one # said': model([src], [job('test', [get('1', 'git.src'), unit(300_000)]), job('deploy', [task('1')])]),
  two: model([src], [job('test', [get('1', 'git.src'), unit(600_000)]), job('deploy', [task('1')])]),
  less: model([moved], [job('test', [get('1', 'git.src'), unit(600_000)])]),
  secret: {
    ...model([], [job('test', [task('1')])]),
    scope: { variables: { password: { kind: 'sealed' }, branch: { kind: 'known', value: 'main' } }, locals: {} },
  },
});

export const P = '/teams/main/pipelines/p';
export const p = { team: 'main', pipeline: 'p' };

export async function asRole(world: TestServer, role: Role, team = 'main'): Promise<ApiCalls> {
  const { store } = world;
  const user = await store.createUser({ name: `rita-${newId()}`, now: Date.now() });
  await store.setMember((await store.ensureTeam(team)).id, user.id, role);
  const sessions = createSessions(store, new Uint8Array(32).fill(1), systemClock);
  const cookie = await sessions.begin(user.id, { address: '127.0.0.1', agent: 'a test' });
  const csrf = (await sessions.read(cookie))?.session?.csrf ?? '';
  return apiOf(world, { cookie: `${sessions.cookieName}=${cookie}`, 'pikoci-csrf': csrf });
}

/** Sets texts one after the other, each from the one before; gives their ETags. */
export async function setAll(api: ApiCalls, ...texts: string[]): Promise<string[]> {
  const etags: string[] = [];
  for (const text of texts) {
    const last = etags.at(-1);
    const headers: Record<string, string> = last === undefined ? { 'if-none-match': '*' } : { 'if-match': last };
    const { etag } = await api.answer('setPipeline', p, { body: bundleOf(text), headers });
    etags.push(etag ?? '');
  }
  return etags;
}
