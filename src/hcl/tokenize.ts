import { endOfLine, Scanner, type TokenKind } from './scanner.ts';

/** Every piece of a text but spaces: what a formatter and a highlighter look at. Offsets are UTF-16 units. */
export interface SyntaxToken {
  readonly kind: SyntaxTokenKind;
  readonly from: number;
  readonly to: number;
}

export type SyntaxTokenKind =
  | Exclude<TokenKind, 'quote' | 'heredoc' | 'end' | '~}' | 'unclosed-comment'>
  /** `# …` or `// …`, without the newline. */
  | 'line-comment'
  | 'block-comment'
  | 'quote-open'
  | 'quote-close'
  /** `<<EOT` with its newline; the line that closes it, from its first space on. */
  | 'heredoc-open'
  | 'heredoc-close'
  /** Text inside quotes or a heredoc. */
  | 'text'
  /** `${` or `%{`, with its `~`. */
  | 'template-open'
  | 'template-close';

/** Inside what the text is read: code in braces of some kind, or the text of a template. */
type Mode =
  | { readonly kind: 'code'; readonly inTemplate: boolean }
  | { readonly kind: 'quoted' }
  | { readonly kind: 'heredoc'; readonly marker: string };

/**
 * Splits a text into tokens. It never fails: what makes no sense is `bad`, what is not closed ends with the text. So it may be
 * used on what somebody is still typing.
 */
export function tokenize(text: string): readonly SyntaxToken[] {
  const tokens: SyntaxToken[] = [];
  const modes: Mode[] = [{ kind: 'code', inTemplate: false }];
  const scanner = new Scanner(text);
  let at = 0;
  const push = (kind: SyntaxTokenKind, to: number): number => {
    tokens.push({ kind, from: at, to });
    at = to;
    return to;
  };
  while (at < text.length) {
    const mode = modes.at(-1) ?? { kind: 'code', inTemplate: false };
    if (mode.kind !== 'code') {
      at = readTemplateText(text, at, mode, modes, push);
      continue;
    }
    const unit = text.charCodeAt(at);
    if (unit === 32 || unit === 9) {
      at += 1;
      continue;
    }
    if (unit === 35 || (unit === 47 && text.charCodeAt(at + 1) === 47)) {
      push('line-comment', endOfLine(text, at));
      continue;
    }
    if (unit === 47 && text.charCodeAt(at + 1) === 42) {
      const close = text.indexOf('*/', at + 2);
      push('block-comment', close < 0 ? text.length : close + 2);
      continue;
    }
    at = readCode(text, scanner, at, mode, modes, push);
  }
  return tokens;
}

/** Adds the token that ends at `to`, and gives that back. */
type Push = (kind: SyntaxTokenKind, to: number) => number;

function readCode(text: string, scanner: Scanner, at: number, mode: Mode, modes: Mode[], push: Push): number {
  const kind = scanner.read(at, false);
  const inTemplate = mode.kind === 'code' && mode.inTemplate;
  switch (kind) {
    case 'quote':
      modes.push({ kind: 'quoted' });
      return push('quote-open', scanner.end);
    case 'heredoc': {
      const opener = text.slice(scanner.start, scanner.end).trim();
      modes.push({ kind: 'heredoc', marker: opener.replace(/^<<-?/, '') });
      return push('heredoc-open', scanner.end);
    }
    case '{':
      modes.push({ kind: 'code', inTemplate: false });
      return push('{', scanner.end);
    case '}':
    case '~}':
      if (inTemplate) {
        modes.pop();
        return push('template-close', scanner.end);
      }
      if (kind === '~}') return push('bad', scanner.end);
      if (modes.length > 1) modes.pop();
      return push('}', scanner.end);
    case 'end':
    case 'unclosed-comment':
      return push('bad', text.length);
    default:
      return push(kind, scanner.end);
  }
}

/** Reads text up to what ends it or opens an expression in it, and that too. Returns where to go on. */
function readTemplateText(
  text: string,
  from: number,
  mode: Exclude<Mode, { kind: 'code' }>,
  modes: Mode[],
  push: Push,
): number {
  let at = from;
  let lineStart = mode.kind === 'heredoc' && text[from - 1] === '\n';
  for (;;) {
    if (lineStart && mode.kind === 'heredoc') {
      const lineEnd = endOfLine(text, at);
      if (text.slice(at, lineEnd).trim() === mode.marker) {
        if (at > from) push('text', at);
        modes.pop();
        push('heredoc-close', lineEnd);
        return lineEnd;
      }
    }
    lineStart = false;
    const character = text[at];
    if (character === undefined || (mode.kind === 'quoted' && character === '\n')) {
      if (at > from) push('text', at);
      modes.pop();
      return at;
    }
    if (mode.kind === 'quoted' && character === '"') {
      if (at > from) push('text', at);
      modes.pop();
      push('quote-close', at + 1);
      return at + 1;
    }
    if (mode.kind === 'quoted' && character === '\\') {
      at += 2;
    } else if (character === '$' || character === '%') {
      if (text[at + 1] === character && text[at + 2] === '{') at += 3;
      else if (text[at + 1] === '{') {
        if (at > from) push('text', at);
        modes.push({ kind: 'code', inTemplate: true });
        const end = text[at + 2] === '~' ? at + 3 : at + 2;
        push('template-open', end);
        return end;
      } else at += 1;
    } else {
      at += 1;
      lineStart = character === '\n';
    }
  }
}
