import { ref } from 'vue';
import { ApiError, readProblem } from '../../client/api-error.ts';
import { createClient } from '../../client/client.ts';
import type { SessionView } from '../../protocol/api.ts';
import { fetchStream } from './streams.ts';

export const api = createClient({
  baseUrl: '',
  fetch: (request) => (request.headers.get('accept') === 'text/event-stream' ? fetchStream(request) : fetch(request)),
});

/** Who looks; `undefined` until the server has said so. */
export const session = ref<SessionView>();
/** True once the server has refused us for want of a session. */
export const signedOut = ref(false);

/** Whether verbs (trigger, cancel, pause, check) are shown on this page: what one may not do is not there. */
export const mayWrite = (): boolean => hasRole(WRITERS);

/** Whether what needs the trust of those who keep the pipeline is shown. */
export const mayMaintain = (): boolean => hasRole(MAINTAINERS);

function hasRole(roles: readonly SessionView['role'][]): boolean {
  const who = session.value;
  if (who === undefined) return false;
  const team = /^\/teams\/([^/]+)\//.exec(window.location.pathname)?.[1];
  if (who.admin || team === undefined) return roles.includes(who.role);
  const role = who.teams.find((one) => one.team === decodeURIComponent(team))?.role;
  return role !== undefined && roles.includes(role);
}

/** Whether they are shown on pages that are about no team. */
export const mayWriteSomewhere = (): boolean =>
  session.value?.admin === true || (session.value !== undefined && WRITERS.includes(session.value.role));

/** Whether what concerns all teams is shown. */
export const mayAdminister = (): boolean => session.value?.admin === true;

const WRITERS: readonly SessionView['role'][] = ['write', 'maintain', 'admin'];
const MAINTAINERS: readonly SessionView['role'][] = ['maintain', 'admin'];

/** Takes note of a refusal that concerns the whole page. Returns the error, for the place that asked. */
export function noteRefusal(error: unknown): unknown {
  if (error instanceof ApiError && error.status === 401) signedOut.value = true;
  return error;
}

export async function loadSession(): Promise<void> {
  try {
    const who = await api.call('session');
    // A visitor sees what is shown to everybody; where that is nothing, there is only the way in.
    signedOut.value = !who.signedIn && (await api.call('listPipelines', {})).length === 0;
    session.value = who;
  } catch (error) {
    noteRefusal(error);
    throw error;
  }
}

/** Fails with `auth.bad_credentials` and the like. */
export async function signInByPassword(name: string, password: string): Promise<void> {
  const response = await fetch('/auth/password', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  if (!response.ok) throw await readProblem(response);
}

export async function signOut(): Promise<void> {
  await api.call('endSession');
  session.value = undefined;
  signedOut.value = true;
}

export interface Trouble {
  readonly message: string;
  readonly hint: string | undefined;
  readonly code: string | undefined;
  readonly status: number | undefined;
}

/** An error as a page shows it. */
export function troubleOf(error: unknown): Trouble {
  const coded =
    error instanceof Error && 'code' in error ? (error as Error & { code: unknown; hint?: unknown }) : undefined;
  return {
    message: error instanceof Error ? error.message : String(error),
    hint: typeof coded?.hint === 'string' ? coded.hint : undefined,
    code: typeof coded?.code === 'string' ? coded.code : undefined,
    status: error instanceof ApiError ? error.status : undefined,
  };
}
