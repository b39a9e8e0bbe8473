import { expect, test } from 'bun:test';
import { evaluate } from './evaluate.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { parseExpression } from './parse.ts';
import { numberValue, stringValue, tupleValue, type Value } from './value.ts';

/** Sixty tuples, each of which holds the one before twice: as a tree it would have more nodes than there is memory. */
function doubled(): Value {
  let value: Value = tupleValue([numberValue(1)]);
  for (let times = 0; times < 60; times += 1) value = tupleValue([value, value]);
  return value;
}

const variables = new Map<string, Value>([
  ['big', stringValue('x'.repeat(1_000_000))],
  ['brackets', stringValue('['.repeat(100_000))],
  ['pairs', stringValue('['.repeat(3000) + ']'.repeat(3000))],
  ['dashes', stringValue('- '.repeat(10_000))],
  ['doubled', doubled()],
]);
const scope = { variables, functions: standardFunctions({ clock: { now: () => 0 } }) };

const codes = (source: string): readonly string[] =>
  evaluate(parseExpression(source, 'test').expression, scope).diagnostics.map(({ code }) => code);

const TOO_MUCH: readonly (readonly [source: string, code: string])[] = [
  ['[for a in range(1024) : [for b in range(1024) : [for c in range(1024) : c]]]', 'too-much-work'],
  [
    '"%{ for a in range(1024) }%{ for b in range(1024) }%{ for c in range(1024) }x%{ endfor }%{ endfor }%{ endfor }"',
    'too-much-work',
  ],
  ['"%{ for a in range(1024) }${big}%{ endfor }"', 'text-too-long'],
  ['replace(big, "x", big)', 'function-failed'],
  ['regexreplace(big, "x", big)', 'function-failed'],
  ['indent(1000, replace(big, "x", "\\n"))', 'function-failed'],
  ['jsondecode(brackets)', 'function-failed'],
  ['jsondecode(pairs)', 'function-failed'],
  ['yamldecode(pairs)', 'function-failed'],
  ['yamldecode(dashes)', 'function-failed'],
  ['parseint(big, 36)', 'function-failed'],
  ['1e9999 * 1e9999', 'number-out-of-range'],
  ['pow(10, 100000)', 'function-failed'],
  ['range(0, 1e300)', 'function-failed'],
  ['format("%99999s", "a")', 'function-failed'],
];
for (const [source, code] of TOO_MUCH) test(`${source} is refused`, () => expect(codes(source)).toEqual([code]));

test('what looks like much and is not', () => {
  for (const source of [
    'length(doubled)',
    'doubled[0][1][0]',
    'regex("((a*)*)*$", big)',
    'length(big)',
    'sum([for x in range(1000) : x])',
  ]) {
    expect(codes(source)).toEqual([]);
  }
});
