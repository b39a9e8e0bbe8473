/** The steps of a job. */
import { Block } from '../hcl-block.ts';
import { Expression } from '../hcl-text.ts';
import type { Source } from '../source.ts';
import { convertAction } from './actions.ts';
import { Caches } from './caches.ts';
import { type Condition, convertCondition } from './expressions.ts';
import { resolverOf } from './meanings.ts';
import { bothConditions, type JobPlace } from './place.ts';
import { convertRun } from './run.ts';

const HOOKS = { always: 'ensure', failure: 'on_failure', cancelled: 'on_cancel' } as const;

export function convertSteps(place: JobPlace, body: Block): void {
  const { conversion } = place.workflow;
  const caches = new Caches(place);
  const hooks = new Map<string, Block>();
  for (const step of place.job.get('steps')?.elements() ?? []) {
    if (step.kind !== 'map') continue;
    const when = conditionOf(step, place, body);
    if (when === undefined) continue;
    const out = new Block('');
    const made = step.has('run') ? [convertRun(step, place, caches)] : convertAction(step, place, out, caches);
    for (const block of made) readCommon(step, block, when, place);
    const [last] = made.slice(-1);
    conversion.leftovers(last ?? out, step);
    out.add(...made);
    if (when.when === 'success') body.take(out);
    else {
      const name = HOOKS[when.when];
      const hook = hooks.get(name) ?? new Block(name);
      hooks.set(name, hook);
      hook.take(out);
    }
  }
  caches.rest(body);
  for (const hook of hooks.values()) {
    if (hook.has('task', 'put', 'get')) body.add(hook);
    else body.take(hook);
  }
}

/** `undefined`: the step is not converted, and that is said. */
function conditionOf(step: Source, place: JobPlace, body: Block): Condition | undefined {
  const source = step.entries.get('if');
  if (source === undefined) return { when: 'success', condition: undefined };
  const found = convertCondition(String(source.scalar), resolverOf(place));
  const { conversion } = place.workflow;
  if (found === false) {
    source.isRead = true;
    return { when: 'success', condition: 'false' };
  }
  if ('why' in found) {
    conversion.notConverted(body, step, `its condition is not converted: ${found.why}`, 'say with a task what it does');
    return undefined;
  }
  source.isRead = true;
  return found;
}

function readCommon(step: Source, block: Block, when: Condition, place: JobPlace): void {
  const condition = bothConditions(place, when);
  if (condition !== undefined && block.type !== 'get') block.set('if', new Expression(condition));
  const minutes = step.entries.get('timeout-minutes');
  if (/^\d+$/.test(minutes?.written ?? '') && block.type === 'task')
    block.set('timeout', `${step.textOf('timeout-minutes')}m`);
  if (step.flagOf('continue-on-error') === true || place.allowFailure) block.set('allow_failure', true);
  const id = step.entries.get('id');
  // What it is called matters to those that use what it found out.
  if (id !== undefined) id.isRead = true;
}
