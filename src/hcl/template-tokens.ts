import type { Expression } from './syntax.ts';

/**
 * A template as it is read: one flat list, so that trimming and the removal of indentation can look at neighbours. In a
 * heredoc every line's text is a token of its own. `build-template.ts` makes the tree of it.
 */
export type TemplateToken = TextToken | InterpolationToken | DirectiveToken;

interface Placed {
  readonly from: number;
  readonly to: number;
}

export interface TextToken extends Placed {
  readonly kind: 'text';
  text: string;
}

export interface InterpolationToken extends Placed {
  readonly kind: 'interpolation';
  readonly expression: Expression;
}

export type DirectiveToken = Placed &
  (
    | { readonly kind: 'if'; readonly condition: Expression }
    | {
        readonly kind: 'for';
        readonly keyName: string | undefined;
        readonly valueName: string;
        readonly collection: Expression;
      }
    | { readonly kind: 'else' | 'endif' | 'endfor' }
  );

/**
 * What `<<-` does: of the lines that hold something, the least indentation is taken from the front of every one.
 *
 * 1. A line begins at the first token, and after a text that ends in a newline.
 * 2. A line of spaces alone does not count and keeps its spaces; a line that begins with `${` or `%{` has no indentation.
 * 3. The smallest indentation found is removed from the others.
 */
export function removeIndentation(tokens: readonly TemplateToken[]): void {
  let least = Number.POSITIVE_INFINITY;
  let lineStart = true;
  const indented: TextToken[] = [];
  for (const token of tokens) {
    if (lineStart) {
      lineStart = false;
      if (token.kind !== 'text') least = 0;
      else if (token.text.trimStart() !== '' || !token.text.endsWith('\n')) {
        indented.push(token);
        least = Math.min(least, token.text.length - token.text.trimStart().length);
      }
    }
    if (token.kind === 'text' && token.text.endsWith('\n')) lineStart = true;
  }
  for (const token of indented) token.text = token.text.slice(least);
}
