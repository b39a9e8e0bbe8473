import { readonly, ref } from 'vue';
import { noteRefusal, troubleOf } from './api.ts';

export interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'trouble';
  readonly text: string;
  readonly hint: string | undefined;
}

const list = ref<Notice[]>([]);
let lastId = 0;

/** What just happened, said at the foot of the page. */
export const notices = readonly(list);

function say(notice: Omit<Notice, 'id'>): void {
  const id = ++lastId;
  list.value = [...list.value.slice(-2), { ...notice, id }];
  setTimeout(() => dismiss(id), notice.kind === 'done' ? 4_000 : 12_000);
}

export function dismiss(id: number): void {
  list.value = list.value.filter((notice) => notice.id !== id);
}

export const sayDone = (text: string): void => say({ kind: 'done', text, hint: undefined });

/** Runs something the reader asked for; a failure is said, and `undefined` given. */
export async function attempt<T>(action: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await action();
    if (done !== undefined) sayDone(done);
    return result;
  } catch (error) {
    const trouble = troubleOf(noteRefusal(error));
    say({ kind: 'trouble', text: trouble.message, hint: trouble.hint });
    return undefined;
  }
}
