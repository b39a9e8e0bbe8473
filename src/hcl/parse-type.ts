import { nearest } from '../lib/nearest.ts';
import { conversionMessage, convert, isConversionError } from './convert.ts';
import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import { evaluate } from './evaluate.ts';
import { EMPTY_SCOPE } from './scope.ts';
import type { CallExpression, Expression, ObjectExpression } from './syntax.ts';
import { BOOL, DYNAMIC, listType, mapType, NUMBER, objectType, STRING, setType, type Type, tupleType } from './type.ts';
import { nullValue, type Value } from './value.ts';

export interface ParsedType {
  /** `any` where there was a mistake. */
  readonly type: Type;
  readonly diagnostics: readonly Diagnostic[];
}

const NAMES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['string', STRING],
  ['number', NUMBER],
  ['bool', BOOL],
  ['any', DYNAMIC],
]);
const CONSTRUCTORS = ['list', 'set', 'map', 'object', 'tuple', 'optional'];

/**
 * A type as people write it: `string`, `list(number)`, `object({ name = string, port = optional(number, 80) })`, `any`.
 * It is an expression in form only; nothing in it is evaluated but the defaults of `optional`.
 */
export function parseTypeExpression(expression: Expression): ParsedType {
  const diagnostics: Diagnostic[] = [];
  return { type: read(expression, diagnostics), diagnostics };
}

function read(expression: Expression, diagnostics: Diagnostic[]): Type {
  switch (expression.kind) {
    case 'traversal':
      return readName(expression.traversal.root, expression, expression.traversal.steps.length > 0, diagnostics);
    case 'call':
      return readCall(expression, diagnostics);
    case 'parentheses':
    case 'template-wrap':
      return read(expression.expression, diagnostics);
    case 'literal':
      if (expression.value.kind === 'string') {
        return wrong(expression, diagnostics, 'A type is written without quotes.', typeNamed(expression.value.value));
      }
      return wrong(expression, diagnostics, 'A type is a word like string or a form like list(string).');
    case 'invalid':
      return DYNAMIC;
    default:
      return wrong(expression, diagnostics, 'A type is a word like string or a form like list(string).');
  }
}

function readName(name: string, expression: Expression, hasSteps: boolean, diagnostics: Diagnostic[]): Type {
  const known = hasSteps ? undefined : NAMES.get(name);
  if (known !== undefined) return known;
  if (name === 'list' || name === 'set' || name === 'map') {
    return wrong(expression, diagnostics, `A ${name} says what it holds: ${name}(string), or ${name}(any).`);
  }
  if (name === 'object' || name === 'tuple') {
    const form = name === 'object' ? 'object({ name = string })' : 'tuple([string, number])';
    return wrong(
      expression,
      diagnostics,
      `An ${name} says what it holds, as in ${form}.`.replace('An tuple', 'A tuple'),
    );
  }
  return wrong(expression, diagnostics, `There is no type ${JSON.stringify(name)}.`, typeNamed(name));
}

function readCall(call: CallExpression, diagnostics: Diagnostic[]): Type {
  const [argument] = call.args;
  switch (call.name) {
    case 'list':
    case 'set':
    case 'map': {
      if (argument === undefined || call.args.length > 1) {
        return wrong(call, diagnostics, `${call.name} takes one type, that of its elements: ${call.name}(string).`);
      }
      const element = read(argument, diagnostics);
      return call.name === 'list' ? listType(element) : call.name === 'set' ? setType(element) : mapType(element);
    }
    case 'tuple':
      if (argument?.kind !== 'tuple' || call.args.length > 1) {
        return wrong(call, diagnostics, 'tuple takes a list of types, one for each element: tuple([string, number]).');
      }
      return tupleType(argument.elements.map((element) => read(element, diagnostics)));
    case 'object':
      if (argument?.kind !== 'object' || call.args.length > 1) {
        return wrong(call, diagnostics, 'object takes its attributes and their types: object({ name = string }).');
      }
      return readObject(argument, diagnostics);
    case 'optional':
      return wrong(call, diagnostics, 'optional(…) stands only for the type of an attribute in object({ … }).');
    default:
      return wrong(
        call,
        diagnostics,
        `There is no type ${JSON.stringify(call.name)}.`,
        nearest(call.name, CONSTRUCTORS),
      );
  }
}

function readObject(object: ObjectExpression, diagnostics: Diagnostic[]): Type {
  const attributes = new Map<string, Type>();
  const optional = new Map<string, Value>();
  for (const item of object.items) {
    if (item.key.kind !== 'literal' || item.key.value.kind !== 'string') {
      wrong(item.key, diagnostics, 'The name of an attribute is a plain word.');
      continue;
    }
    const name = item.key.value.value;
    if (item.value.kind !== 'call' || item.value.name !== 'optional') {
      attributes.set(name, read(item.value, diagnostics));
      continue;
    }
    const { type, fallback } = readOptional(item.value, diagnostics);
    attributes.set(name, type);
    optional.set(name, fallback);
  }
  return objectType(attributes, optional);
}

function readOptional(
  call: CallExpression,
  diagnostics: Diagnostic[],
): { readonly type: Type; readonly fallback: Value } {
  const [typeExpression, defaultExpression] = call.args;
  if (typeExpression === undefined || call.args.length > 2) {
    const type = wrong(call, diagnostics, 'optional takes a type and, if you like, a default: optional(number, 80).');
    return { type, fallback: nullValue(type) };
  }
  const type = read(typeExpression, diagnostics);
  if (defaultExpression === undefined) return { type, fallback: nullValue(type) };
  const { value, diagnostics: mistakes } = evaluate(defaultExpression, EMPTY_SCOPE);
  diagnostics.push(...mistakes);
  const fallback = convert(value, type);
  if (!isConversionError(fallback)) return { type, fallback };
  wrong(defaultExpression, diagnostics, `The default does not fit the type. ${conversionMessage(fallback)}`);
  return { type, fallback: nullValue(type) };
}

const typeNamed = (name: string): string | undefined =>
  [...NAMES.keys()].includes(name) ? name : nearest(name, [...NAMES.keys(), ...CONSTRUCTORS]);

function wrong(expression: Expression, diagnostics: Diagnostic[], detail: string, suggestion?: string): Type {
  diagnostics.push(errorDiagnostic('bad-type', 'Not a type', detail, { subject: expression.range, suggestion }));
  return DYNAMIC;
}
