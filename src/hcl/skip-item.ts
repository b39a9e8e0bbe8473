import { indentationAt, looksLikeItem } from './line-shape.ts';
import { endOfLine, Scanner } from './scanner.ts';

/**
 * Where to go on reading after a broken body item.
 *
 * Goes over the item from its start without understanding it, counting brackets, and stops, but not before `failedAt`:
 * 1. at a newline outside all brackets opened in the item;
 * 2. at a line that looks like an item and is indented no more than this one (a bracket was never closed);
 * 3. at a `}` that closes more than the item opened.
 */
export function endOfBrokenItem(text: string, itemStart: number, failedAt: number): number {
  const indentation = indentationAt(text, itemStart);
  const scanner = new Scanner(text);
  let open = 0;
  let at = itemStart;
  for (;;) {
    scanner.read(at, false);
    at = scanner.end;
    switch (scanner.kind) {
      case 'end':
      case 'unclosed-comment':
        return text.length;
      case '{':
      case '[':
      case '(':
        open += 1;
        break;
      case '~}':
        open = Math.max(0, open - 1);
        break;
      case '}':
        if (open === 0 && scanner.start >= failedAt) return scanner.start;
        open = Math.max(0, open - 1);
        break;
      case ']':
      case ')':
        open = Math.max(0, open - 1);
        break;
      case 'quote':
        at = endOfQuoted(text, scanner.end);
        break;
      case 'heredoc':
        at = endOfHeredoc(text, scanner.start, scanner.end);
        break;
      case 'newline':
        if (scanner.start < failedAt) break;
        if (open === 0) return scanner.start;
        if (beginsItem(text, scanner.end, indentation)) return scanner.start;
        break;
      default:
        break;
    }
  }
}

function beginsItem(text: string, lineStart: number, indentation: number): boolean {
  const own = indentationAt(text, lineStart);
  return own <= indentation && looksLikeItem(text, lineStart + own);
}

/** Behind the closing quote, or at the end of the line if there is none. Templates inside are gone over, quotes and all. */
function endOfQuoted(text: string, from: number): number {
  const lineEnd = endOfLine(text, from);
  let depth = 0;
  for (let at = from; at < lineEnd; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if ((character === '$' || character === '%') && text[at + 1] === '{') {
      depth += 1;
      at += 1;
    } else if (character === '}' && depth > 0) depth -= 1;
    else if (character === '"' && depth === 0) return at + 1;
  }
  return lineEnd;
}

function endOfHeredoc(text: string, start: number, from: number): number {
  const marker = text.slice(start, from).trim().replace(/^<<-?/, '');
  for (let at = from; at < text.length; ) {
    const lineEnd = endOfLine(text, at);
    if (text.slice(at, lineEnd).trim() === marker) return lineEnd;
    const newline = text.indexOf('\n', at);
    if (newline < 0) break;
    at = newline + 1;
  }
  return from;
}
