import { childrenOf } from './expression-children.ts';
import type { Expression, TemplatePart, Traversal } from './syntax.ts';

/**
 * Every address an expression reads, in the order of the text. Names a `for` brings in are not among them. Arguments of
 * `try` and `can` are, like all others.
 */
export function references(expression: Expression): readonly Traversal[] {
  const found: Traversal[] = [];
  visitReferences(expression, NONE, (traversal) => found.push(traversal));
  return found;
}

type Visit = (traversal: Traversal) => void;
const NONE: ReadonlySet<string> = new Set();

function visitReferences(start: Expression, bound: ReadonlySet<string>, visit: Visit): void {
  // A chain of operators leans to the left and may be long, so it is gone down in a loop.
  const rights: Expression[] = [];
  let expression = start;
  while (expression.kind === 'binary') {
    rights.push(expression.right);
    expression = expression.left;
  }
  visitOne(expression, bound, visit);
  for (const right of rights.reverse()) visitReferences(right, bound, visit);
}

function visitOne(expression: Expression, bound: ReadonlySet<string>, visit: Visit): void {
  switch (expression.kind) {
    case 'traversal':
      if (!bound.has(expression.traversal.root)) visit(expression.traversal);
      return;
    case 'for-tuple': {
      visitReferences(expression.collection, bound, visit);
      const inner = withNames(bound, expression.keyName, expression.valueName);
      if (expression.condition !== undefined) visitReferences(expression.condition, inner, visit);
      visitReferences(expression.value, inner, visit);
      return;
    }
    case 'for-object': {
      visitReferences(expression.collection, bound, visit);
      const inner = withNames(bound, expression.keyName, expression.valueName);
      if (expression.condition !== undefined) visitReferences(expression.condition, inner, visit);
      visitReferences(expression.key, inner, visit);
      visitReferences(expression.value, inner, visit);
      return;
    }
    case 'template':
      visitParts(expression.parts, bound, visit);
      return;
    default:
      for (const child of childrenOf(expression)) visitReferences(child, bound, visit);
  }
}

function visitParts(parts: readonly TemplatePart[], bound: ReadonlySet<string>, visit: Visit): void {
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        break;
      case 'interpolation':
        visitReferences(part.expression, bound, visit);
        break;
      case 'if':
        visitReferences(part.condition, bound, visit);
        visitParts(part.whenTrue, bound, visit);
        visitParts(part.whenFalse ?? [], bound, visit);
        break;
      case 'for':
        visitReferences(part.collection, bound, visit);
        visitParts(part.body, withNames(bound, part.keyName, part.valueName), visit);
        break;
    }
  }
}

function withNames(bound: ReadonlySet<string>, key: string | undefined, value: string): ReadonlySet<string> {
  const names = new Set(bound).add(value);
  return key === undefined ? names : names.add(key);
}
