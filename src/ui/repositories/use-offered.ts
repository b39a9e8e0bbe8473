import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue';
import type { OfferedPage, OfferedRepository } from '../../protocol/repositories.ts';
import { api, noteRefusal, type Trouble, troubleOf } from '../live/api.ts';

const TYPING_MS = 150;
const PAGE = 50;

export interface Offered {
  /** Those found so far; what was found before is shown until what is found now is there. */
  readonly items: Ref<readonly OfferedRepository[]>;
  readonly answer: Ref<OfferedPage | undefined>;
  readonly trouble: Ref<Trouble | undefined>;
  readonly busy: Ref<boolean>;
  /** `fresh`: the forges are asked again. */
  reload(fresh?: boolean): Promise<void>;
  more(): Promise<void>;
}

/** What one may administer on forges, searched as one types. */
export function useOffered(search: () => string): Offered {
  const items = shallowRef<readonly OfferedRepository[]>([]);
  const answer = shallowRef<OfferedPage>();
  const trouble = ref<Trouble>();
  const busy = ref(false);
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(after: string | undefined, fresh: boolean): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    busy.value = true;
    const text = search().trim();
    try {
      const found = await api.call('offerRepositories', {
        query: {
          limit: PAGE,
          ...(text !== '' && { search: text }),
          ...(after !== undefined && { after }),
          ...(fresh && { fresh: 'true' as const }),
        },
        signal: own.signal,
      });
      if (own.signal.aborted) return;
      items.value = after === undefined ? found.items : [...items.value, ...found.items];
      answer.value = found;
      trouble.value = undefined;
    } catch (error) {
      if (!own.signal.aborted) trouble.value = troubleOf(noteRefusal(error));
    } finally {
      if (running === own) busy.value = false;
    }
  }

  watch(search, () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(undefined, false), TYPING_MS);
  });
  onScopeDispose(() => {
    clearTimeout(timer);
    running?.abort();
  });
  void ask(undefined, false);

  return {
    ...{ items, answer, trouble, busy },
    reload: (fresh = false) => ask(undefined, fresh),
    more: async () => {
      const after = answer.value?.next;
      if (after !== undefined) await ask(after, false);
    },
  };
}
