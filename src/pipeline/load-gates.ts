/** What a job says about its builds besides its steps: who has to approve them, and how long they are kept. */
import type { Block } from '../hcl/syntax.ts';
import type { Approval } from './approval.ts';
import type { BlockReader } from './block-reader.ts';
import { jobWord, STEP_KINDS } from './job-words.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Job } from './model.ts';
import type { Names } from './names.ts';

/** The `approve` blocks of a job: gates of all of it, wherever they stand. */
export function loadApprovals(reader: BlockReader, names: Names, loading: Loading): Approval[] {
  const { expressions } = loading;
  const approvals: Approval[] = [];
  for (const block of reader.blocks('approve')) {
    const [label] = loading.labels(block, 'label') ?? [];
    if (label === undefined) continue;
    loading.isName(label, 'approval', labelRange(block, 0));
    if (approvals.some((one) => one.label === label)) {
      loading.error('duplicate-name', 'Declared twice', `There is an approval "${label}" in this job already.`, {
        subject: labelRange(block, 0),
      });
    }
    warnIfLate(block, reader, loading);
    const inner = loading.reader(block.body, `approve "${label}"`);
    const count = expressions.integer(inner.attribute('approvals'), names, 1) ?? 1;
    const timeoutMs = expressions.duration(inner.attribute('timeout'), names);
    const message = expressions.text(inner.attribute('message'), names);
    inner.finish();
    approvals.push({
      label,
      approvals: count,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(message !== undefined && { message }),
    });
  }
  return approvals;
}

/** Between two steps it reads as if the first ran before somebody is asked. */
function warnIfLate(block: Block, { body }: BlockReader, loading: Loading): void {
  const before = body.items
    .slice(0, body.items.indexOf(block))
    .find((item) => item.kind === 'block' && STEP_KINDS.some((kind) => kind === jobWord(item.type)));
  if (before?.kind !== 'block') return;
  const detail = `It is asked for before the job begins, so the "${before.type}" above it waits, too. Write it first; what should run before it belongs into a job of its own.`;
  loading.warning('approve-after-step', 'Asked before all steps', detail, { subject: block.headerRange });
}

/** In groups and hooks there is none: a build waits whole, or not at all. */
export function refuseApprovals(reader: BlockReader, loading: Loading): void {
  for (const block of reader.blocks('approve')) {
    const detail = 'An approval is a gate of the whole job, before everything in it. Write it in the job itself.';
    loading.error('approve-inside', 'Not a step', detail, { subject: block.headerRange });
  }
}

export function loadRetain(reader: BlockReader, names: Names, loading: Loading): Job['retain'] {
  const block = reader.block('retain');
  if (block === undefined || loading.labels(block) === undefined) return undefined;
  const inner = loading.reader(block.body, 'retain');
  const [buildsAttribute, daysAttribute] = [inner.attribute('builds'), inner.attribute('days')];
  const builds = loading.expressions.integer(buildsAttribute, names, 1);
  const days = loading.expressions.integer(daysAttribute, names, 1);
  inner.finish();
  if (buildsAttribute === undefined && daysAttribute === undefined && block.body.items.length === 0) {
    const detail =
      'It says nothing: retain { builds = 50 } keeps the newest 50, retain { days = 30 } those of 30 days.';
    loading.warning('empty-retain', 'Nothing is said', detail, { subject: block.headerRange });
  }
  return { ...(builds !== undefined && { builds }), ...(days !== undefined && { days }) };
}
