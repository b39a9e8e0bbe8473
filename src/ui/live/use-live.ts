import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue';
import type { FeedMessage } from '../../protocol/api.ts';
import { noteRefusal, type Trouble, troubleOf } from './api.ts';
import { onFeed } from './feed.ts';
import { pageAwake } from './page-visibility.ts';

const TOGETHER_MS = 80;
const POLL_MS = 60_000;

export interface Live<T> {
  readonly data: ShallowRef<T | undefined>;
  readonly trouble: Ref<Trouble | undefined>;
  reload(): void;
}

/**
 * Something of the server, kept true: loaded at once, when `key` changes, when the feed names something that `cares`, and once a minute in
 * case a message was lost. One request at a time; what happens during it leads to one more. The old is shown until the new is there.
 */
export function useLive<T>(
  key: () => unknown,
  load: (signal: AbortSignal) => Promise<T>,
  cares: (message: Extract<FeedMessage, { event: 'changed' }>) => boolean,
): Live<T> {
  const data = shallowRef<T>();
  const trouble = ref<Trouble>();
  let running: AbortController | undefined;
  let again = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function run(): Promise<void> {
    if (running !== undefined) {
      again = true;
      return;
    }
    const own = new AbortController();
    running = own;
    try {
      const loaded = await load(own.signal);
      if (!own.signal.aborted) {
        data.value = loaded;
        trouble.value = undefined;
      }
    } catch (error) {
      if (!own.signal.aborted) trouble.value = troubleOf(noteRefusal(error));
    }
    if (running === own) running = undefined;
    if (again && !own.signal.aborted) {
      again = false;
      soon();
    }
  }

  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(run, TOGETHER_MS);
  }

  const stopFeed = onFeed((message) => {
    if (message.event === 'reset' || cares(message)) soon();
  });
  const poll = setInterval(() => {
    if (pageAwake.value) soon();
  }, POLL_MS);
  // What failed while the page was put aside is asked for again; what changed meanwhile, the feed says.
  watch(pageAwake, (isAwake) => {
    if (isAwake && trouble.value !== undefined) soon();
  });
  watch(
    key,
    () => {
      running?.abort();
      running = undefined;
      again = false;
      data.value = undefined;
      trouble.value = undefined;
      void run();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    stopFeed();
    clearInterval(poll);
    clearTimeout(timer);
    running?.abort();
  });
  return { data, trouble, reload: soon };
}
