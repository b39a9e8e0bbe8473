import { describe, expect, test } from 'bun:test';
import type { Diagnostic } from '../diagnostic.ts';
import { evaluate } from '../evaluate.ts';
import { standardFunctions } from '../functions/standard-functions.ts';
import { describeType } from '../type.ts';
import { typeOf } from '../value.ts';
import { toJsonText } from '../value-json.ts';
import { type SpecCase, specCases } from './cases.fixture.ts';

const scope = { variables: new Map(), functions: standardFunctions() };

function run({ expression, diagnostics }: SpecCase): SpecCase['expected'] {
  if (diagnostics.length > 0 || expression === undefined) return { errors: diagnostics.map(describeMistake) };
  const result = evaluate(expression, scope);
  if (result.diagnostics.length > 0) return { errors: result.diagnostics.map(describeMistake) };
  return { json: toJsonText(result.value), type: describeType(typeOf(result.value)) };
}

function describeMistake({ subject, code }: Diagnostic): string {
  const { start, end } = subject ?? { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };
  return `${start.line}:${start.column}-${end.line}:${end.column} ${code}`;
}

const cases = specCases();

test('there are as many as there have to be', () => expect(cases.length).toBeGreaterThan(2_000));

for (const [clause, ofClause] of Map.groupBy(cases, (one) => one.clause)) {
  describe(clause, () => {
    for (const one of ofClause)
      test(`${one.name} ${JSON.stringify(one.source)}`, () => expect(run(one)).toEqual(one.expected));
  });
}
