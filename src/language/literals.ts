/** What an expression says plainly, without being evaluated: editors read texts that do not load. */
import type { Attribute, Body, Expression } from '../hcl/syntax.ts';
import { type Span, spanOf } from './span.ts';

export function literalText(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'literal' && expression.value.kind === 'string' ? expression.value.value : undefined;
}

export interface PlacedText {
  readonly value: string;
  /** Between the quotes. */
  readonly span: Span;
}

/** The texts written in an expression: one, or those of a list. Where a text is written with escapes it has no span of its own, and is left out. */
export function literalTexts(expression: Expression | undefined): readonly PlacedText[] {
  if (expression?.kind === 'tuple') return expression.elements.flatMap(literalTexts);
  if (expression?.kind === 'parentheses') return literalTexts(expression.expression);
  // The set that `for_each` and the like want: what it is made of.
  if (expression?.kind === 'call') return expression.args.flatMap(literalTexts);
  const value = literalText(expression);
  if (value === undefined || expression === undefined) return [];
  const { from, to } = spanOf(expression.range);
  return to - from === value.length + 2 ? [{ value, span: { from: from + 1, to: to - 1 } }] : [];
}

export function attributeOf(body: Body, name: string): Attribute | undefined {
  return body.items.find((item): item is Attribute => item.kind === 'attribute' && item.name === name);
}

export function textOf(body: Body, name: string): string | undefined {
  return literalText(attributeOf(body, name)?.expression);
}
