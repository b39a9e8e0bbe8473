/** What a run did, kept for its summary and its reports: from the events that a server would keep. */
import type { StepNode } from '../pipeline/describe-plan.ts';
import type { AttemptEvent, ProblemDetail } from '../protocol/events.ts';
import type { GrantedInput } from '../protocol/messages.ts';
import type { Outcome } from '../protocol/status.ts';
import { createTextTail, type TextTail } from '../worker/output/text-tail.ts';

export interface StepRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: StepNode['kind'];
  readonly outcome: Outcome;
  readonly ms: number;
  readonly tries: number;
  readonly exitCode?: number;
  readonly problem?: ProblemDetail;
  /** The end of what it wrote, masked. */
  readonly log: string;
}

export interface JobRecord {
  readonly job: string;
  /** `not_run`: something it waits for did not pass. */
  readonly outcome: Outcome | 'not_run';
  readonly why?: string;
  readonly hint?: string;
  readonly startedAt: number;
  readonly ms: number;
  readonly steps: readonly StepRecord[];
  /** What its steps fetched, and what they made. */
  readonly inputs: readonly GrantedInput[];
  readonly outputs: readonly GrantedInput[];
}

export interface RunRecord {
  readonly pipeline: string;
  readonly startedAt: number;
  readonly ms: number;
  readonly jobs: readonly JobRecord[];
}

export const hasPassed = ({ outcome }: Pick<JobRecord, 'outcome'>): boolean =>
  outcome === 'succeeded' || outcome === 'warning' || outcome === 'skipped';

const TAIL_BYTES = 16 * 1024;

interface Open {
  readonly startedAt: number;
  tries: number;
  readonly tail: TextTail;
}

/** Takes the events of one build. */
export class StepRecorder {
  readonly steps: StepRecord[] = [];
  readonly outputs: GrantedInput[] = [];
  readonly #nodes: ReadonlyMap<string, StepNode>;
  readonly #open = new Map<string, Open>();

  constructor(nodes: readonly StepNode[]) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
  }

  take(event: AttemptEvent): void {
    if (event.kind === 'step_started') {
      const open = this.#open.get(event.step);
      if (open === undefined)
        this.#open.set(event.step, { startedAt: event.at, tries: 1, tail: createTextTail(TAIL_BYTES) });
      else open.tries = event.try;
    } else if (event.kind === 'log') {
      this.#open.get(event.step)?.tail.push(event.bytes);
    } else if (event.kind === 'version' && event.direction === 'pushed') {
      const { resource, version, metadata } = event;
      this.outputs.push({ resource, version, metadata });
    } else if (event.kind === 'step_ended' && event.again !== true) {
      this.#ended(event);
    }
  }

  #ended({ step, at, outcome, exitCode, problem }: Extract<AttemptEvent, { kind: 'step_ended' }>): void {
    const node = this.#nodes.get(step);
    const open = this.#open.get(step);
    // A group is its steps.
    if (node?.kind === 'in_parallel' && problem === undefined) return;
    this.steps.push({
      id: step,
      name: node?.name ?? step,
      kind: node?.kind ?? 'task',
      outcome,
      ms: open === undefined ? 0 : at - open.startedAt,
      tries: open?.tries ?? 1,
      ...(exitCode !== undefined && { exitCode }),
      ...(problem !== undefined && { problem }),
      log: open?.tail.text() ?? '',
    });
  }
}
