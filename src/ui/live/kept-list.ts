import { type Ref, ref } from 'vue';

/** A list of texts that this browser remembers. Where it keeps nothing, the list holds for this page. */
export function keptList(key: string): { readonly list: Ref<readonly string[]>; set(next: readonly string[]): void } {
  const list = ref<readonly string[]>(read(key));
  return {
    list,
    set(next) {
      list.value = next;
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch (error) {
        console.warn('pikoci: no storage, so this is forgotten with the page', error);
      }
    },
  };
}

function read(key: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}
