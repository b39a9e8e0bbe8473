/**
 * A variable that stood in the open and now is secret: its old value may be the very secret, so it is hidden wherever a difference would show it, also in the
 * middle of a text that was made with it.
 */
import type { Json } from '../lib/json.ts';
import type { Pipeline } from './model.ts';
import { HIDDEN } from './outline-pipeline.ts';
import type { BlockChange, InnerChange } from './pipeline-diff.ts';

/** Shorter ones stand in too many words that are not secret. */
const SHORTEST = 3;

export function hideMadeSecret(changes: BlockChange[], old: Pipeline, now: Pipeline): BlockChange[] {
  const values = valuesMadeSecret(old, now);
  if (values.length === 0) return changes;
  const hide = (text: string): string => values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
  return changes.map((change) =>
    change.action === 'update'
      ? { ...change, changes: change.changes.map((inner) => hideInner(inner, hide)) }
      : { ...change, contents: change.contents.map(hide) },
  );
}

function hideInner(change: InnerChange, hide: (text: string) => string): InnerChange {
  switch (change.kind) {
    case 'attribute':
      return {
        ...change,
        ...(change.old !== undefined && { old: hide(change.old) }),
        ...(change.new !== undefined && { new: hide(change.new) }),
      };
    case 'block':
      return { ...change, contents: change.contents.map(hide) };
    case 'order':
      return change;
  }
}

/** As they stand in the text of a value, the longest first, so that one that holds another is hidden whole. */
function valuesMadeSecret(old: Pipeline, now: Pipeline): string[] {
  const values = Object.entries(old.scope.variables).flatMap(([name, before]) => {
    const after = now.scope.variables[name];
    const secret = after?.kind === 'sealed' || after?.kind === 'secret';
    return before.kind === 'known' && secret ? [...textsOf(before.value)] : [];
  });
  return [...new Set(values)].filter((text) => text.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function* textsOf(value: Json): Generator<string> {
  if (typeof value === 'string') {
    yield value;
    // The same between quotes.
    yield JSON.stringify(value).slice(1, -1);
  } else if (typeof value === 'number') yield String(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* textsOf(inner);
}
