import { computed, type Ref, ref, shallowRef, watch } from 'vue';
import type { LogModel } from './log-model.ts';
import { findMatches, MAX_MATCHES, type Match } from './search.ts';

const PAUSE_MS = 90;

/** Search in a log that may still grow. `model` changes when another log is shown, `changed` whenever this one has. */
export function useSearch(model: () => LogModel, changed: () => unknown, front: Ref<number>) {
  const query = ref('');
  const matches = shallowRef<readonly Match[]>([]);
  const current = ref(-1);
  let searched = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function whole(): void {
    matches.value = findMatches(model(), query.value);
    searched = model().length;
  }
  /** Only what has come since; the last line may have grown. */
  function more(): void {
    if (query.value === '' || matches.value.length >= MAX_MATCHES) return;
    const from = Math.max(0, searched - 1);
    const kept = matches.value.filter((match) => match.line < from);
    matches.value = [...kept, ...findMatches(model(), query.value, from, MAX_MATCHES - kept.length)];
    searched = model().length;
  }

  watch([query, model, front], () => {
    clearTimeout(timer);
    current.value = -1;
    timer = setTimeout(whole, query.value === '' ? 0 : PAUSE_MS);
  });
  watch(changed, more);

  const byLine = computed(() => {
    const lines = new Map<number, { match: Match; index: number }[]>();
    for (const [index, match] of matches.value.entries()) {
      const known = lines.get(match.line);
      if (known === undefined) lines.set(match.line, [{ match, index }]);
      else known.push({ match, index });
    }
    return lines;
  });

  /** Goes to the next match behind (or before) the one shown, or behind `line` when none is; gives its line. */
  function step(by: 1 | -1, line: number): number | undefined {
    const count = matches.value.length;
    if (count === 0) return undefined;
    if (current.value >= 0) {
      current.value = (current.value + by + count) % count;
    } else {
      const behind = matches.value.findIndex((match) => match.line >= line);
      current.value = Math.max(0, behind);
    }
    return matches.value[current.value]?.line;
  }

  return { query, matches, byLine, current, step };
}
