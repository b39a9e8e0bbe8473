import { ApiError } from '../../client/api-error.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { SetPipelineResult } from '../../protocol/api.ts';
import type { PipelinePlan, StaleChange } from '../../protocol/revisions.ts';
import type { CommandContext } from '../context.ts';
import { countChanges, renderDifference } from '../render-plan.ts';
import { createStyle, type Style, wantsColor } from '../style.ts';
import type { Remote, RemoteOptions } from './remote-command.ts';
import { ago, oneLine } from './table.ts';

export interface ApplyOptions extends RemoteOptions {
  readonly yes?: boolean;
  readonly message?: string;
}

const LONGEST_MESSAGE = 1_000;

/** Throws `usage.bad_value`. */
export function checkMessage(message: string | undefined): void {
  if (message === undefined || message.length <= LONGEST_MESSAGE) return;
  throw new CodedError(
    'usage.bad_value',
    `--message: a message may have ${LONGEST_MESSAGE} characters, and this one has ${message.length}`,
    { hint: 'say in a sentence why; what changed is kept anyway' },
  );
}

/**
 * Shows a plan on stderr, asks on a terminal, and does it, if what it was made for is still there; the result goes to stdout. What changed
 * meanwhile is shown before the refusal.
 */
export async function applyPlan(
  { options, context, print }: Remote<ApplyOptions>,
  plan: PipelinePlan,
  apply: (onlyIf: string) => Promise<SetPipelineResult>,
  expectedRevision = plan.base?.revision ?? 0,
): Promise<number> {
  // Nobody is asked about what will be refused.
  const refused = expectedRevision !== (plan.base?.revision ?? 0);
  const quiet = options.json === true || refused;
  const style = createStyle(wantsColor(context.stderr.isTTY === true, context.env));
  for (const warning of plan.warnings) context.stderr.write(`${warning}\n`);
  if (plan.changed && !quiet) {
    context.stderr.write(`${renderPlan(plan, style).join('\n')}\n`);
    if (context.ask !== undefined && options.yes !== true && !isYes(await context.ask('Apply? [y/N] '))) {
      context.stderr.write('nothing was changed\n');
      return 1;
    }
  }
  const result = await telling(context, style, () => apply(plan.base?.etag ?? 'absent'));
  const what = result.created ? 'made' : result.changed ? 'changed' : 'as it was';
  print(result, () => [`pipeline ${oneLine(result.name)}: ${what}, revision ${result.revision}`]);
  return 0;
}

const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer.trim());

/** A plan as text; one that changes nothing in a line. */
export function renderPlan(plan: PipelinePlan, style: Style): string[] {
  const name = style.bold(oneLine(plan.name));
  if (!plan.changed) return [`pipeline ${name} is as it should be, revision ${plan.base?.revision}: nothing to do`];
  const title =
    plan.base === undefined
      ? `pipeline ${name} of team ${oneLine(plan.team)} would be made:`
      : `pipeline ${name}, revision ${plan.base.revision}, would change:`;
  const sum = plan.changes.length === 0 ? [] : ['', `Plan: ${countChanges(plan.changes)}.`];
  return [title, '', ...renderDifference(plan, style), ...sum];
}

async function telling<T>(context: CommandContext, style: Style, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ApiError && error.stale !== undefined) {
      const lines = renderStale(error.stale, style);
      if (lines.length > 0) context.stderr.write(`${lines.join('\n')}\n\n`);
    }
    throw error;
  }
}

function renderStale({ base, current, difference }: StaleChange, style: Style): string[] {
  if (current === undefined) return [];
  const why = current.message === undefined ? '' : `: ${oneLine(current.message)}`;
  const who = `revision ${current.revision} was set by ${oneLine(current.setBy)} ${ago(current.createdAt, Date.now())}${why}`;
  if (difference === undefined) return [who];
  return [`${who}; since revision ${base} that changed:`, '', ...renderDifference(difference, style)];
}
