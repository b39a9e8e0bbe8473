import type { AttemptView, BuildDetailView, BuildStreamMessage, StepState } from '../../protocol/builds.ts';

type StateMessage = Exclude<BuildStreamMessage, { event: 'log' | 'log_skipped' | 'end' }>;

/** The build after a message of its stream. Never changes what it was given; without a snapshot nothing can be applied. */
export function applyMessage(build: BuildDetailView | undefined, message: StateMessage): BuildDetailView | undefined {
  if (message.event === 'snapshot') return message.build;
  if (build === undefined) return undefined;
  switch (message.event) {
    case 'build': {
      // What the build is not said to have any more, it has not.
      const { problem: _problem, waitsFor: _waitsFor, wait: _wait, approval: _approval, ...before } = build;
      return { ...before, ...message.build };
    }
    case 'attempt':
      return { ...build, attempts: withAttempt(build.attempts, message.attempt) };
    case 'step':
      return {
        ...build,
        attempts: build.attempts.map((attempt) =>
          attempt.id === message.attempt ? { ...attempt, steps: withState(attempt.steps, message.state) } : attempt,
        ),
      };
  }
}

function withAttempt(attempts: readonly AttemptView[], next: AttemptView): AttemptView[] {
  return [...attempts.filter((attempt) => attempt.id !== next.id), next].sort((a, b) => a.number - b.number);
}

function withState(states: readonly StepState[], next: StepState): StepState[] {
  const at = states.findIndex((state) => state.step === next.step && state.try === next.try);
  return at < 0 ? [...states, next] : states.with(at, next);
}
