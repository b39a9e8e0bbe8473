import type { Range } from '../hcl/position.ts';
import type { Body, CallExpression, Expression } from '../hcl/syntax.ts';

/**
 * Calls of these functions anywhere in a piece of syntax, in the order of the tree. `outermost`: not those inside the arguments of another one found.
 */
export function findCalls(
  start: Body | Expression,
  names: ReadonlySet<string>,
  { outermost = false } = {},
): CallExpression[] {
  const found: CallExpression[] = [];
  const visit = (node: SyntaxNode): void => {
    if (isCallOf(node, names)) {
      found.push(node);
      if (outermost) return;
    }
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) {
        for (const item of child) if (isSyntaxNode(item)) visit(item);
      } else if (isSyntaxNode(child)) visit(child);
    }
  };
  visit(start);
  return found;
}

/** Everything in the tree has a place in the text; values and positions have none. */
interface SyntaxNode {
  readonly range: Range;
}

function isSyntaxNode(node: unknown): node is SyntaxNode {
  return typeof node === 'object' && node !== null && 'range' in node;
}

function isCallOf(node: SyntaxNode, names: ReadonlySet<string>): node is CallExpression {
  return (
    'kind' in node && node.kind === 'call' && 'name' in node && typeof node.name === 'string' && names.has(node.name)
  );
}
