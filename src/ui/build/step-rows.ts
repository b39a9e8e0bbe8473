import type { AttemptView, StepState, StepView } from '../../protocol/builds.ts';
import { type Outcome, type StepStatus, worstOutcome } from '../../protocol/status.ts';

/** A row of a build's step tree. */
export interface StepRow {
  readonly step: StepView;
  readonly depth: number;
  readonly status: StepStatus;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Absent for a step that was not reached, and for a group, which only has its children's. */
  readonly state: StepState | undefined;
  readonly tries: number;
}

/**
 * The steps as a person reads them: in order, children and hooks below what they belong to. A hook that did not run in an attempt that is over
 * says nothing and is left out, as is the log of a service that has none.
 */
export function stepRows(steps: readonly StepView[], attempt: AttemptView | undefined): StepRow[] {
  const states = latestTries(attempt?.steps ?? []);
  const children = new Map<string | undefined, StepView[]>();
  const known = new Set(steps.map((step) => step.id));
  for (const step of [...steps, ...unplanned(known, states)]) {
    const parent = step.parent !== undefined && known.has(step.parent) ? step.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), step]);
  }
  const over = attempt?.status === 'ended' || attempt?.status === 'lost';
  const rowsBelow = (parent: string | undefined, depth: number): StepRow[] =>
    (children.get(parent) ?? []).flatMap((step) => {
      const below = rowsBelow(step.id, depth + 1);
      const row = rowOf(step, depth, states.get(step.id), below);
      const silent = row.status === 'pending' && ((over && step.hook !== undefined) || isServiceLog(step));
      return silent ? [] : [row, ...below];
    });
  return rowsBelow(undefined, 0);
}

function rowOf(step: StepView, depth: number, state: StepState | undefined, below: readonly StepRow[]): StepRow {
  const inside = below.filter((row) => row.depth === depth + 1 && row.step.hook === undefined);
  if (state !== undefined || inside.length === 0) {
    return {
      step,
      depth,
      state,
      status: state?.status ?? 'pending',
      startedAt: state?.startedAt ?? null,
      endedAt: state?.endedAt ?? null,
      tries: state?.try ?? 0,
    };
  }
  const starts = inside.flatMap((row) => row.startedAt ?? []);
  const ends = inside.flatMap((row) => row.endedAt ?? []);
  const status = groupStatus(inside.map((row) => row.status));
  const isOver = status !== 'running' && status !== 'pending' && ends.length > 0;
  return {
    step,
    depth,
    state: undefined,
    status,
    startedAt: starts.length > 0 ? Math.min(...starts) : null,
    endedAt: isOver ? Math.max(...ends) : null,
    tries: 0,
  };
}

function groupStatus(statuses: readonly StepStatus[]): StepStatus {
  const ended = statuses.filter((status): status is Outcome => status !== 'running' && status !== 'pending');
  if (statuses.includes('running') || (ended.length > 0 && ended.length < statuses.length)) return 'running';
  return ended.length === 0 ? 'pending' : worstOutcome(ended);
}

function latestTries(states: readonly StepState[]): Map<string, StepState> {
  const latest = new Map<string, StepState>();
  for (const state of states) {
    const known = latest.get(state.step);
    if (known === undefined || known.try <= state.try) latest.set(state.step, state);
  }
  return latest;
}

/** Steps that ran although the plan does not list them (of a newer server, say): shown by their id rather than lost. */
/** What a service writes goes on beside the other steps; one that leaves nothing to watch has none. */
const isServiceLog = ({ kind, id }: StepView): boolean => kind === 'service' && id.endsWith(':log');

function unplanned(known: ReadonlySet<string>, states: ReadonlyMap<string, StepState>): StepView[] {
  return [...states.keys()].filter((id) => !known.has(id)).map((id) => ({ id, name: id, kind: 'task', summary: '' }));
}

const ORDER: readonly StepStatus[] = ['failed', 'errored', 'cancelled'];

/** The step whose log a person wants: the first that failed, else the one that runs, else the last that wrote something. */
export function stepOfInterest(rows: readonly StepRow[]): StepRow | undefined {
  const real = rows.filter((row) => row.state !== undefined);
  for (const status of ORDER) {
    const bad = real.filter((row) => row.status === status && row.step.kind !== 'in_parallel');
    const worst = bad.find((row) => row.step.hook === undefined) ?? bad[0];
    if (worst !== undefined) return worst;
  }
  const wrote = real.filter((row) => (row.state?.logBytes ?? 0) > 0 && !isServiceLog(row.step));
  return (
    real.find((row) => row.status === 'running' && row.step.kind === 'task') ??
    real.find((row) => row.status === 'running' && row.step.kind !== 'in_parallel' && !isServiceLog(row.step)) ??
    wrote.findLast((row) => row.step.kind === 'task' && row.step.hook === undefined) ??
    wrote.at(-1) ??
    real.at(-1) ??
    rows[0]
  );
}

/** Where a row's bar lies, as parts of the whole: 0 to 1. */
export function barOf(row: StepRow, from: number, to: number): { start: number; width: number } | undefined {
  if (row.startedAt === null) return undefined;
  const whole = Math.max(1, to - from);
  const start = Math.min(1, Math.max(0, (row.startedAt - from) / whole));
  const end = Math.min(1, ((row.endedAt ?? to) - from) / whole);
  return { start, width: Math.max(0, end - start) };
}
