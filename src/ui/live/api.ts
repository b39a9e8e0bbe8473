import { ref } from 'vue';
import { ApiError } from '../../client/api-error.ts';
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

/** Whether verbs (trigger, cancel, pause, check) are shown: what one may not do is not there. */
export const mayWrite = (): boolean => session.value !== undefined && WRITERS.includes(session.value.role);

const WRITERS: readonly SessionView['role'][] = ['write', 'maintain', 'admin'];

/** Takes note of a refusal that concerns the whole page. Returns the error, for the place that asked. */
export function noteRefusal(error: unknown): unknown {
  if (error instanceof ApiError && error.status === 401) signedOut.value = true;
  return error;
}

export async function loadSession(): Promise<void> {
  try {
    session.value = await api.call('session');
    signedOut.value = false;
  } catch (error) {
    noteRefusal(error);
    throw error;
  }
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
