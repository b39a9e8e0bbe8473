import type { QueueState } from './queue.ts';

/** The connection's state and who wants to know of it: everyone is told once when they ask, and on each change. */
export class StateBoard {
  #state: QueueState = { kind: 'connecting' };
  readonly #watchers = new Set<(state: QueueState) => void>();

  get state(): QueueState {
    return this.#state;
  }

  set(state: QueueState): void {
    const error = (of: QueueState): string | undefined => ('error' in of ? of.error : undefined);
    if (state.kind === this.#state.kind && error(state) === error(this.#state)) return;
    this.#state = state;
    for (const watcher of [...this.#watchers]) watcher(state);
  }

  watch(watcher: (state: QueueState) => void): () => void {
    const own = (state: QueueState): void => watcher(state);
    this.#watchers.add(own);
    watcher(this.#state);
    return () => {
      this.#watchers.delete(own);
    };
  }
}
