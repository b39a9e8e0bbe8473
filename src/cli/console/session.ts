/** What one types into the console, line by line, and what comes of it. */
import { hasErrors } from '../../hcl/diagnostic.ts';
import { evaluate } from '../../hcl/evaluate.ts';
import { isComplete } from '../../hcl/is-complete.ts';
import { parseExpression } from '../../hcl/parse.ts';
import type { Scope } from '../../hcl/scope.ts';
import { tokenize } from '../../hcl/tokenize.ts';
import { valueText } from '../../hcl/value-text.ts';
import type { CommandContext } from '../context.ts';
import { rendered } from '../file-commands.ts';

const FILE = 'console';

export type Reaction =
  /** Something is still open: the next line belongs to it. */
  { readonly kind: 'more' } | { readonly kind: 'done'; readonly failed: boolean } | { readonly kind: 'exit' };

export interface Session {
  /** Takes one line, without its end. Values go to stdout, mistakes to stderr. */
  line(text: string): Reaction;
  /** The input is over: what is still open is evaluated as it is. */
  end(): Reaction;
  /** What was typed and is still open is forgotten. */
  forget(): void;
}

export function createSession(scope: Scope, context: CommandContext): Session {
  let held = '';
  const run = (text: string): Reaction => {
    held = '';
    if (isBlank(text)) return { kind: 'done', failed: false };
    const parsed = parseExpression(text, FILE);
    const { value, diagnostics } = hasErrors(parsed.diagnostics)
      ? { value: undefined, diagnostics: parsed.diagnostics }
      : evaluate(parsed.expression, scope);
    if (diagnostics.length > 0) context.stderr.write(rendered(diagnostics, new Map([[FILE, text]]), context));
    const failed = value === undefined || hasErrors(diagnostics);
    if (!failed) context.stdout.write(`${valueText(value)}\n`);
    return { kind: 'done', failed };
  };
  return {
    line: (text) => {
      if (held === '' && /^\s*(exit|quit)\s*$/.test(text)) return { kind: 'exit' };
      // The marker that closes a heredoc needs the end of its line.
      held += `${text}\n`;
      return isComplete(held) ? run(held) : { kind: 'more' };
    },
    end: () => run(held),
    forget: () => {
      held = '';
    },
  };
}

/** White space and comments ask nothing. */
const isBlank = (text: string): boolean =>
  tokenize(text).every(({ kind }) => kind === 'newline' || kind === 'line-comment' || kind === 'block-comment');
