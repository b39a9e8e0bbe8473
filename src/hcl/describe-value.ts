import { shortType } from './convert.ts';
import type { NamedValue } from './diagnostic.ts';
import { numberText } from './exact-number.ts';
import { getStep, isLookupFailure } from './lookup.ts';
import { references } from './references.ts';
import { type Scope, variableNamed } from './scope.ts';
import type { Expression, Traversal } from './syntax.ts';
import { traversalText } from './traversal-text.ts';
import { typeOf, type Value } from './value.ts';

const LONGEST_TEXT = 60;
const MOST_VALUES = 5;

/** What a value is, short enough for a message; of a sensitive one only that it is. How many parts one has of which some are sensitive, anybody may know. */
export function describeValue(value: Value): string {
  if (value.sensitive) return 'a sensitive value';
  switch (value.kind) {
    case 'string': {
      const whole = [...value.value.slice(0, LONGEST_TEXT * 2)];
      const text = whole.length > LONGEST_TEXT ? `${whole.slice(0, LONGEST_TEXT).join('')}…` : value.value;
      return JSON.stringify(text);
    }
    case 'number': {
      const text = numberText(value.value);
      return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
    }
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
    case 'unknown':
      return value.type.kind === 'dynamic'
        ? 'known only when it runs'
        : `${shortType(value.type)}, known only when it runs`;
    case 'list':
    case 'set':
      return `${shortType(typeOf(value))} with ${counted(value.elements.length, 'element')}`;
    case 'tuple':
      return `a list with ${counted(value.elements.length, 'element')}`;
    case 'map':
      return `${shortType(typeOf(value))} with ${counted(value.entries.size, 'element')}`;
    case 'object':
      return `an object with ${counted(value.entries.size, 'attribute')}`;
  }
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What the variables in an expression hold, as far as they are there. */
export function valuesIn(expression: Expression, scope: Scope): readonly NamedValue[] {
  const found = new Map<string, string>();
  for (const reference of references(expression)) {
    const named = namedValue(reference, scope);
    if (named !== undefined) found.set(named.name, named.text);
    if (found.size === MOST_VALUES) break;
  }
  return [...found].map(([name, text]) => ({ name, text }));
}

function namedValue(traversal: Traversal, scope: Scope): NamedValue | undefined {
  let value = variableNamed(traversal.root, scope);
  if (value === undefined) return undefined;
  let taken = 0;
  for (const step of traversal.steps) {
    const next = getStep(value, step);
    if (isLookupFailure(next)) break;
    value = next;
    taken += 1;
  }
  return { name: traversalText(traversal, taken), text: describeValue(value) };
}
