import { assertNever } from '../lib/assert-never.ts';
import type { Expression, TemplatePart } from './syntax.ts';

/** The expressions directly inside one, in the order of the text; those of a template are the ones in all of its parts. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'traversal':
    case 'splat-item':
    case 'invalid':
      return [];
    case 'template':
      return expression.parts.flatMap(expressionsOfPart);
    case 'template-wrap':
    case 'parentheses':
      return [expression.expression];
    case 'access':
      return [expression.source];
    case 'index':
      return [expression.collection, expression.key];
    case 'splat':
      return [expression.source, expression.each];
    case 'call':
      return expression.args;
    case 'conditional':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'binary':
      return [expression.left, expression.right];
    case 'unary':
      return [expression.operand];
    case 'for-tuple':
      return [expression.collection, expression.value, ...(expression.condition ? [expression.condition] : [])];
    case 'for-object': {
      const { collection, key, value, condition } = expression;
      return [collection, key, value, ...(condition ? [condition] : [])];
    }
    case 'tuple':
      return expression.elements;
    case 'object':
      return expression.items.flatMap((item) => [item.key, item.value]);
    default:
      return assertNever(expression);
  }
}

function expressionsOfPart(part: TemplatePart): readonly Expression[] {
  switch (part.kind) {
    case 'text':
      return [];
    case 'interpolation':
      return [part.expression];
    case 'if':
      return [part.condition, ...[...part.whenTrue, ...(part.whenFalse ?? [])].flatMap(expressionsOfPart)];
    case 'for':
      return [part.collection, ...part.body.flatMap(expressionsOfPart)];
    default:
      return assertNever(part);
  }
}
