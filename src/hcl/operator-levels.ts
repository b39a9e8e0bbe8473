import type { TokenKind } from './scanner.ts';

/** How tightly a binary operator binds: 1 loosest, 6 tightest; 0 for what is no binary operator. */
export function binaryLevel(kind: TokenKind): number {
  switch (kind) {
    case '||':
      return 1;
    case '&&':
      return 2;
    case '==':
    case '!=':
      return 3;
    case '>':
    case '>=':
    case '<':
    case '<=':
      return 4;
    case '+':
    case '-':
      return 5;
    case '*':
    case '/':
    case '%':
      return 6;
    default:
      return 0;
  }
}
