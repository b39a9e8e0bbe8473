import { ownIndentation } from './indentation-watch.ts';
import { indentationAt, looksLikeItem } from './line-shape.ts';
import { endOfLine, Scanner } from './scanner.ts';

/**
 * Where to go on reading after a broken body item.
 *
 * Goes over the item from its start without understanding it, keeping a stack of open brackets, and stops, but not before `failedAt`:
 * 1. at a newline outside all brackets opened in the item; if the next line is indented deeper, a brace was forgotten and what is inside goes too;
 * 2. at a line that looks like an item and is indented no more than this one (a bracket was never closed);
 * 3. at a `}` that closes more than the item opened, or that is indented less than the item, unless what follows tells that it is one too many.
 */
export function endOfBrokenItem(text: string, itemStart: number, failedAt: number): number {
  const indentation = indentationAt(text, itemStart);
  const scanner = new Scanner(text);
  const open: string[] = [];
  const counts: Record<string, number> = { '{': 0, '[': 0, '(': 0 };
  let hasOpened = false;
  const push = (bracket: string): void => {
    open.push(bracket);
    counts[bracket] = (counts[bracket] ?? 0) + 1;
    hasOpened = true;
  };
  /** Closes the innermost bracket of that kind and all that were opened in it; false if there is none. */
  const pop = (bracket: string): boolean => {
    if (counts[bracket] === 0) return false;
    for (let last = open.pop(); last !== undefined; last = open.pop()) {
      counts[last] = (counts[last] ?? 0) - 1;
      if (last === bracket) break;
    }
    return true;
  };
  /** Of the line whose end that is. */
  let tooMany = { lineEnd: -1, is: false };
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
        push(scanner.kind);
        break;
      case '~}':
        pop('{');
        break;
      case '}': {
        const own = ownIndentation(text, scanner.start);
        if (scanner.start >= failedAt && own !== undefined && own < indentation) return scanner.start;
        if (pop('{') || scanner.start < failedAt) break;
        if (own !== undefined || (scanner.start === failedAt && followsValue(text, itemStart, failedAt))) {
          return scanner.start;
        }
        if (scanner.start > tooMany.lineEnd) {
          tooMany = { lineEnd: endOfLine(text, scanner.end), is: isOneTooMany(text, scanner.end, indentation) };
        }
        if (!tooMany.is) return scanner.start;
        break;
      }
      case ']':
        pop('[');
        break;
      case ')':
        pop('(');
        break;
      case 'quote': {
        const end = endOfQuoted(text, scanner.end);
        // A string that is not closed has swallowed the brackets that follow on its line: `job "a {`, `args = ["a, "b]`.
        if (text[end - 1] !== '"' || end === scanner.end) {
          for (const bracket of text.slice(scanner.end, end)) {
            if ('{[('.includes(bracket)) push(bracket);
            else if ('}])'.includes(bracket)) pop(OPENER_OF[bracket] ?? '');
          }
        }
        at = end;
        break;
      }
      case 'heredoc':
        at = endOfHeredoc(text, scanner.start, scanner.end);
        break;
      case 'newline':
        if (scanner.start < failedAt) break;
        if (open.length === 0) {
          if (hasOpened || !isDeeper(text, scanner.end, indentation)) return scanner.start;
          push('{');
        } else if (beginsItem(text, scanner.end, indentation)) return scanner.start;
        break;
      default:
        break;
    }
  }
}

const OPENER_OF: Readonly<Record<string, string>> = { '}': '{', ']': '[', ')': '(' };

/** Whether a brace at `at` follows the value of an attribute: `key = "value" }` lacks nothing but the newline. */
function followsValue(text: string, itemStart: number, at: number): boolean {
  const item = text.slice(itemStart, at).trimEnd();
  return item.includes('=') && !item.endsWith('}');
}

/** The next line that is not empty, from `from` on: where its first character stands. Undefined at the end of the text. */
function nextLine(text: string, from: number): number | undefined {
  const newline = text.indexOf('\n', from);
  const something = /\S/g;
  something.lastIndex = newline;
  return newline < 0 ? undefined : something.exec(text)?.index;
}

/** Whether a `}` behind other things on its line closes nothing: what stands around it goes on, and is closed further down. */
function isOneTooMany(text: string, from: number, indentation: number): boolean {
  const next = nextLine(text, from);
  if (next === undefined) return indentation === 0;
  return indentationAt(text, next) >= indentation || text[next] === '}';
}

function isDeeper(text: string, lineStart: number, indentation: number): boolean {
  const next = nextLine(text, lineStart - 1);
  return next !== undefined && indentationAt(text, next) > indentation;
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
