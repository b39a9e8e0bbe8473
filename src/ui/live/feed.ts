import { readonly, ref, watch } from 'vue';
import type { FeedMessage } from '../../protocol/api.ts';
import { api, noteRefusal } from './api.ts';
import { pageAwake } from './page-visibility.ts';

type Listener = (message: FeedMessage) => void;

const listeners = new Set<Listener>();
const state = ref<'connecting' | 'live' | 'lost'>('connecting');

/** Whether what the page shows is fed live. */
export const feedState = readonly(state);

/** Told of everything that changes, until the returned function is called. */
export function onFeed(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(message: FeedMessage): void {
  for (const listener of listeners) listener(message);
}

let cursor: string | undefined;

async function follow(signal: AbortSignal): Promise<void> {
  let lost = false;
  const onState = (now: 'connected' | 'reconnecting'): void => {
    state.value = now === 'connected' ? 'live' : 'lost';
    // Without a cursor nothing can be missed by name: what changed in between is loaded again as a whole.
    if (now === 'connected' && lost && cursor === undefined) tell({ event: 'reset' });
    lost = now === 'reconnecting';
  };
  const options = cursor === undefined ? { signal, onState } : { signal, onState, after: cursor };
  for await (const { id, message } of api.stream('feed', {}, options)) {
    cursor = id ?? cursor;
    tell(message);
  }
}

/** Opens the one stream of the page, and closes it while nobody looks. Called once. */
export function startFeed(): void {
  let stop: AbortController | undefined;
  watch(
    pageAwake,
    (isAwake) => {
      stop?.abort();
      if (!isAwake) return;
      const own = new AbortController();
      stop = own;
      follow(own.signal).catch((error: unknown) => {
        if (own.signal.aborted) return;
        state.value = 'lost';
        noteRefusal(error);
      });
    },
    { immediate: true },
  );
}
