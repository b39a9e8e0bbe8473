/**
 * What the language means, case by case: a directory for each clause, in it `*.hcl` and beside each a `*.json` with what it has to give. That is the value
 * (exactly, as JSON) with its type, or the mistakes as `line:column-line:column code`, in one of three forms:
 *
 * - `attributes`: the file is a body, and each of its attributes a case;
 * - `body`: the first attribute of the body is the case, for where the ends of lines matter;
 * - `expression`: the whole file is one expression, for what is broken or stands on several lines.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Json } from '../../lib/json.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { ExactNumber } from '../exact-number.ts';
import { parseConfig, parseExpression } from '../parse.ts';
import { SourceRange } from '../source-text.ts';
import type { Body, Expression } from '../syntax.ts';
import { fromParsedJson, toJsonText } from '../value-json.ts';

const result = z.union([
  z.strictObject({ value: z.unknown(), type: z.string() }),
  z.strictObject({ errors: z.array(z.string()).min(1) }),
]);
const caseFile = z.union([
  z.strictObject({ attributes: z.record(z.string(), result) }),
  z.strictObject({ body: result }),
  z.strictObject({ expression: result }),
]);

export interface SpecCase {
  /** `splats/values.hcl case_01`. */
  readonly name: string;
  readonly clause: string;
  /** The text of the expression; of a `body` the text of the file. */
  readonly source: string;
  readonly isBody: boolean;
  /** As parsed, with the mistakes of the parser. */
  readonly expression: Expression | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly expected: { readonly json: string; readonly type: string } | { readonly errors: readonly string[] };
}

export function specCases(): SpecCase[] {
  const clauses = readdirSync(import.meta.dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return clauses.flatMap(({ name }) =>
    readdirSync(join(import.meta.dir, name))
      .filter((file) => file.endsWith('.hcl'))
      .sort()
      .flatMap((file) => casesOf(name, file)),
  );
}

function casesOf(clause: string, file: string): SpecCase[] {
  const path = join(import.meta.dir, clause, file);
  const text = readFileSync(path, 'utf8');
  const expected = caseFile.parse(parseExact(readFileSync(path.replace(/\.hcl$/, '.json'), 'utf8')));
  const name = `${clause}/${file}`;
  if ('expression' in expected) {
    const parsed = parseExpression(text, 'case');
    return [{ name, clause, source: text, isBody: false, ...parsed, expected: wanted(expected.expression) }];
  }
  const { body, diagnostics } = parseConfig(text, 'case');
  if ('body' in expected) {
    const [item] = body.items;
    const expression = item?.kind === 'attribute' ? item.expression : undefined;
    return [{ name, clause, source: text, isBody: true, expression, diagnostics, expected: wanted(expected.body) }];
  }
  if (diagnostics.length > 0) throw new Error(`${name} cannot be read: ${diagnostics[0]?.detail}`);
  const attributes = attributesOf(body);
  const names = Object.keys(expected.attributes);
  if (names.join() !== [...attributes.keys()].join()) throw new Error(`${name} and its .json have other attributes`);
  return names.map((attribute) => {
    const expression = attributes.get(attribute);
    const source = expression === undefined ? '' : textOf(expression);
    const result = wanted(expected.attributes[attribute]);
    return {
      name: `${name} ${attribute}`,
      clause,
      source,
      isBody: false,
      expression,
      diagnostics: [],
      expected: result,
    };
  });
}

function attributesOf(body: Body): Map<string, Expression> {
  return new Map(
    body.items.flatMap((item) => (item.kind === 'attribute' ? [[item.name, item.expression] as const] : [])),
  );
}

function textOf({ range }: Expression): string {
  if (!(range instanceof SourceRange)) throw new Error('the expression was not parsed from a text');
  return range.source.text.slice(range.from, range.to);
}

function wanted(found: z.infer<typeof result> | undefined): SpecCase['expected'] {
  if (found === undefined) throw new Error('a case without a result');
  return 'errors' in found ? found : { json: toJsonText(fromParsedJson(found.value as Json)), type: found.type };
}

/** Numbers stay what was written, digit for digit. */
function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? new ExactNumber(context?.source ?? value) : value,
  );
}
