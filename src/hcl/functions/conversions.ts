import { conversionMessage, convert, isConversionError } from '../convert.ts';
import { hasErrors } from '../diagnostic.ts';
import { failure, type HclFunction } from '../function.ts';
import { BOOL, DYNAMIC, describeType, listType, mapType, NUMBER, STRING, setType, type Type } from '../type.ts';
import {
  boolValue,
  isSensitiveWithin,
  isWhollyKnown,
  stringValue,
  typeOf,
  unknownValue,
  withSensitivity,
} from '../value.ts';
import { nullable, parameter } from './arguments.ts';

function conversion(name: string, type: Type, doc: string, source: string, result: string): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'types',
    doc,
    examples: [{ source, result }],
    parameters: [nullable('value', DYNAMIC, 'What to convert.')],
    returns: type,
    seesUnknown: 'everywhere',
    marks: 'inner',
    call: ([value]) => {
      if (value === undefined) return failure('There is nothing to convert.');
      const converted = convert(value, type);
      return isConversionError(converted) ? failure(conversionMessage(converted), 0) : converted;
    },
  };
}

export const TYPE_FUNCTIONS: readonly HclFunction[] = [
  conversion('tostring', STRING, 'The value as a string.', 'tostring(1.50)', '"1.5"'),
  conversion('tonumber', NUMBER, 'The value as a number.', 'tonumber("1.5")', '1.5'),
  conversion('tobool', BOOL, 'The value as a bool.', 'tobool("true")', 'true'),
  conversion(
    'tolist',
    listType(DYNAMIC),
    'The value as a list, its elements all of one type.',
    'tolist(["a", 1])',
    'tolist(["a", "1"])',
  ),
  conversion(
    'toset',
    setType(DYNAMIC),
    'The value as a set: each element once, in order.',
    'toset(["b", "a", "b"])',
    'toset(["a", "b"])',
  ),
  conversion(
    'tomap',
    mapType(DYNAMIC),
    'The value as a map, its elements all of one type.',
    'tomap({ a = 1, b = "x" })',
    'tomap({ a = "1", b = "x" })',
  ),
  {
    kind: 'eager',
    name: 'type',
    group: 'types',
    doc: 'The type of a value, as a type is written.',
    examples: [{ source: 'type(tolist(["a"]))', result: '"list(string)"' }],
    parameters: [nullable('value', DYNAMIC, 'Any value.')],
    returns: STRING,
    seesUnknown: 'everywhere',
    call: ([value]) => {
      if (value === undefined) return failure('There is nothing to tell the type of.');
      const type = typeOf(value);
      return value.kind === 'unknown' && type.kind === 'dynamic'
        ? unknownValue(STRING)
        : stringValue(describeType(type));
    },
  },
  {
    kind: 'lazy',
    name: 'try',
    group: 'types',
    doc: 'The first of its arguments that can be evaluated without an error.',
    result: 'The value of that argument.',
    examples: [{ source: 'try({ a = 1 }.b, "none")', result: '"none"' }],
    parameters: [],
    rest: parameter('expressions', DYNAMIC, 'What to try, in order.'),
    call: (args) => {
      let last = '';
      for (const argument of args) {
        const { value, diagnostics } = argument.evaluate();
        if (!hasErrors(diagnostics)) return value;
        last = diagnostics.find((diagnostic) => diagnostic.severity === 'error')?.detail ?? last;
      }
      return failure(
        args.length === 0
          ? 'There must be at least one expression to try.'
          : `None of the expressions could be evaluated. The last one: ${last}`,
      );
    },
  },
  {
    kind: 'lazy',
    name: 'can',
    group: 'types',
    doc: 'Whether an expression can be evaluated without an error.',
    result: 'A bool.',
    examples: [{ source: 'can({ a = 1 }.b)', result: 'false' }],
    parameters: [parameter('expression', DYNAMIC, 'What to try.')],
    call: ([argument]) => {
      if (argument === undefined) return boolValue(false);
      const { value, diagnostics } = argument.evaluate();
      if (hasErrors(diagnostics)) return boolValue(false);
      if (isWhollyKnown(value)) return boolValue(true);
      // Whether a secret is a number, say, is something about the secret.
      return withSensitivity(unknownValue(BOOL), isSensitiveWithin(value));
    },
  },
];
