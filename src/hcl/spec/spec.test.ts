import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Diagnostic } from '../diagnostic.ts';
import { evaluate } from '../evaluate.ts';
import { standardFunctions } from '../functions/standard-functions.ts';
import { parseConfig, parseExpression } from '../parse.ts';
import type { Expression } from '../syntax.ts';
import { describeType } from '../type.ts';
import { typeOf } from '../value.ts';
import { toJsonText } from '../value-json.ts';

/*
 * What the language means, case by case, one file for each clause. A case has a source and either its value (as exact
 * JSON) with its type, or its mistakes as `line:column-line:column code`. In `lines` and `heredocs` the source is a body
 * whose first attribute is evaluated, because there the ends of lines matter.
 */
const Case = z.union([
  z.strictObject({ source: z.string(), json: z.string(), type: z.string() }),
  z.strictObject({ source: z.string(), errors: z.array(z.string()).min(1) }),
]);
const BODIES = ['lines.json', 'heredocs.json'];

const scope = { variables: new Map(), functions: standardFunctions() };

function run(source: string, isBody: boolean) {
  const { expression, diagnostics } = isBody ? firstAttribute(source) : parseExpression(source, 'case');
  if (diagnostics.length > 0 || expression === undefined) return { source, errors: diagnostics.map(describeMistake) };
  const result = evaluate(expression, scope);
  if (result.diagnostics.length > 0) return { source, errors: result.diagnostics.map(describeMistake) };
  return { source, json: toJsonText(result.value), type: describeType(typeOf(result.value)) };
}

function firstAttribute(source: string): { expression: Expression | undefined; diagnostics: readonly Diagnostic[] } {
  const { body, diagnostics } = parseConfig(source, 'case');
  const [item] = body.items;
  return { expression: item?.kind === 'attribute' ? item.expression : undefined, diagnostics };
}

function describeMistake({ subject, code }: Diagnostic): string {
  const { start, end } = subject ?? { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };
  return `${start.line}:${start.column}-${end.line}:${end.column} ${code}`;
}

for (const file of readdirSync(import.meta.dir).filter((name) => name.endsWith('.json'))) {
  describe(file, () => {
    const cases = z.array(Case).parse(JSON.parse(readFileSync(join(import.meta.dir, file), 'utf8')));
    for (const expected of cases) {
      test(JSON.stringify(expected.source), () =>
        expect<unknown>(run(expected.source, BODIES.includes(file))).toEqual(expected),
      );
    }
  });
}
