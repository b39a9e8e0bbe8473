import type { AttemptView, StepState } from '../../protocol/builds.ts';
import type { AttemptRecord, StoredEvent } from '../../store/records.ts';

/** The states of an attempt's steps, from its events in order. */
export class StepFold {
  readonly #states = new Map<string, StepState>();

  /** The state that this event made, if it is one about a step. */
  apply({ event }: StoredEvent): StepState | undefined {
    switch (event.kind) {
      case 'step_started':
        return this.#set({
          step: event.step,
          try: event.try,
          status: 'running',
          // A step that is tried again began when its first try did.
          startedAt: this.#states.get(event.step)?.startedAt ?? event.at,
          endedAt: null,
          logBytes: this.#states.get(event.step)?.logBytes ?? 0,
        });
      case 'step_ended':
        return this.#set({
          step: event.step,
          try: event.try,
          status: event.again === true ? 'running' : event.outcome,
          startedAt: this.#states.get(event.step)?.startedAt ?? null,
          endedAt: event.again === true ? null : event.at,
          ...(event.exitCode !== undefined && { exitCode: event.exitCode }),
          ...(event.problem !== undefined && { problem: event.problem }),
          ...summaryOf(this.#states.get(event.step)),
          logBytes: this.#states.get(event.step)?.logBytes ?? 0,
        });
      case 'summary': {
        const state = this.#states.get(event.step);
        return state && this.#set({ ...state, summary: event.text });
      }
      default:
        return undefined;
    }
  }

  /** So many bytes of a step's log are there. */
  logged(step: string, bytes: number): void {
    const state = this.#states.get(step);
    if (state !== undefined && bytes > state.logBytes) this.#set({ ...state, logBytes: bytes });
  }

  get(step: string): StepState | undefined {
    return this.#states.get(step);
  }

  /** In the order in which the steps began. What still ran when its attempt was over was cut off with it. */
  states(attempt: Pick<AttemptRecord, 'status' | 'endedAt'>): StepState[] {
    const over = attempt.status === 'ended' || attempt.status === 'lost';
    return [...this.#states.values()].map((state) =>
      over && state.status === 'running'
        ? { ...state, status: 'errored', endedAt: attempt.endedAt ?? state.endedAt }
        : state,
    );
  }

  #set(state: StepState): StepState {
    this.#states.set(state.step, state);
    return state;
  }
}

const summaryOf = (state: StepState | undefined) =>
  state?.summary === undefined ? undefined : { summary: state.summary };

export function attemptView(attempt: AttemptRecord, fold: StepFold): AttemptView {
  return {
    id: attempt.id,
    number: attempt.number,
    status: attempt.status,
    ...(attempt.outcome !== undefined && { outcome: attempt.outcome }),
    worker: attempt.worker,
    grantedAt: attempt.grantedAt,
    startedAt: attempt.startedAt ?? null,
    endedAt: attempt.endedAt ?? null,
    ...(attempt.problem !== undefined && { problem: attempt.problem }),
    steps: fold.states(attempt),
  };
}
