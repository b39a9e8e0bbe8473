/** A value from outside, from a flag, a file or a secret store, as one of the type that its variable declares. */
import { type Converted, convert } from '../hcl/convert.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/evaluate.ts';
import { parseExpression } from '../hcl/parse.ts';
import { parseTypeExpression } from '../hcl/parse-type.ts';
import { EMPTY_SCOPE } from '../hcl/scope.ts';
import { isPrimitive, type Type } from '../hcl/type.ts';
import { type Value, withSensitivity } from '../hcl/value.ts';
import { fromJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';

/**
 * Undefined: a text is given for a list, map or object, and is not one as HCL writes them, `["a", "b"]` (JSON is a part of that). Of a `secret` value
 * nothing is in the message of the error, however deep it lies.
 */
export function typedValue(given: Json, type: Type, { secret }: { readonly secret: boolean }): Converted | undefined {
  let value = fromJson(given);
  if (typeof given === 'string' && !isPrimitive(type) && type.kind !== 'dynamic') {
    const parsed = parseExpression(given, 'value');
    if (hasErrors(parsed.diagnostics)) return undefined;
    const evaluated = evaluate(parsed.expression, EMPTY_SCOPE);
    if (hasErrors(evaluated.diagnostics)) return undefined;
    value = evaluated.value;
  }
  return convert(secret ? markedThroughout(value) : value, type);
}

/** The type that a text spells, which was checked when the pipeline was set. */
export function typeFromText(text: string): Type {
  const { type, diagnostics } = parseTypeExpression(parseExpression(text, 'type').expression);
  if (hasErrors(diagnostics)) throw new Error(`the plan holds a type that cannot be read: ${text}`);
  return type;
}

function markedThroughout(value: Value): Value {
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      return withSensitivity({ ...value, elements: value.elements.map(markedThroughout) }, true);
    case 'map':
    case 'object': {
      const entries = [...value.entries].map(([key, item]) => [key, markedThroughout(item)] as const);
      return withSensitivity({ ...value, entries: new Map(entries) }, true);
    }
    default:
      return withSensitivity(value, true);
  }
}
