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
      for (const child of plainChildren(expression)) visitReferences(child, bound, visit);
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

/** The expressions directly inside one that brings in no names. */
function plainChildren(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
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
    case 'tuple':
      return expression.elements;
    case 'object':
      return expression.items.flatMap((item) => [item.key, item.value]);
    default:
      return [];
  }
}
