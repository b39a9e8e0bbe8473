/** Finds what stands at an offset in the syntax tree. */
import { childrenOf } from '../hcl/expression-children.ts';
import type { Attribute, Block, Body, Expression } from '../hcl/syntax.ts';
import { spanOf, touches } from './span.ts';

/** The blocks around an offset, from the outermost to the innermost. */
export function blocksAround(body: Body, offset: number): readonly Block[] {
  for (const item of body.items) {
    if (item.kind === 'block' && touches(spanOf(item.range), offset)) {
      return [item, ...blocksAround(item.body, offset)];
    }
  }
  return [];
}

/** Blocks by type and labels, as the schema asks for them. */
export const namesOf = (blocks: readonly Block[]): { type: string; labels: string[] }[] =>
  blocks.map(({ type, labels }) => ({ type, labels: labels.map(({ value }) => value) }));

export function attributeAt(body: Body, offset: number): Attribute | undefined {
  return body.items.find((item): item is Attribute => item.kind === 'attribute' && touches(spanOf(item.range), offset));
}

/** The expressions around an offset, from the outermost to the innermost. */
export function expressionsAt(expression: Expression, offset: number): readonly Expression[] {
  if (!touches(spanOf(expression.range), offset)) return [];
  for (const child of childrenOf(expression)) {
    const inner = expressionsAt(child, offset);
    if (inner.length > 0) return [expression, ...inner];
  }
  return [expression];
}
