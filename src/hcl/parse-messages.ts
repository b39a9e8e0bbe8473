import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import { endOfLine, type Scanner } from './scanner.ts';
import type { SourceText } from './source-text.ts';

export interface Expectation {
  readonly code: string;
  readonly summary: string;
  /** A sentence: what may stand here. */
  readonly expected: string;
}

/** The message for a token that cannot stand where it stands. `before` is where the last good token ended. */
export function unexpectedToken(
  source: SourceText,
  scanner: Scanner,
  before: number,
  expectation: Expectation,
): Diagnostic {
  const subject = source.range(scanner.start, Math.max(scanner.end, scanner.start));
  const found = source.text.slice(scanner.start, scanner.end);
  if (scanner.kind === 'unclosed-comment') {
    return errorDiagnostic(
      'unclosed-comment',
      'Unclosed comment',
      'This comment was opened with /* and never closed; add */ where it ends.',
      {
        subject: source.range(scanner.start, scanner.start + 2),
      },
    );
  }
  if (scanner.kind === 'bad') {
    const bad = badCharacter(found, source.text, scanner.start);
    return errorDiagnostic(bad.code, bad.summary, bad.detail, { subject });
  }
  const { code, summary, expected } = expectation;
  if (scanner.kind === 'end') {
    const at = source.text.length;
    return errorDiagnostic(code, summary, `${expected} The file ends here instead.`, {
      subject: source.range(Math.min(before, at), at),
    });
  }
  if (scanner.kind === 'newline') {
    return errorDiagnostic(code, summary, `${expected} The line ends here instead.`, {
      subject: source.range(before, Math.max(before + 1, scanner.start)),
    });
  }
  const odd = scanner.kind === 'quote' && hasOddQuotes(source.text, scanner.start);
  const hint = odd ? ' The line has an odd number of quotes: one seems to be missing before this one.' : '';
  const shown = scanner.kind === 'quote' ? 'a quoted string' : scanner.kind === 'heredoc' ? 'a heredoc' : `"${found}"`;
  return errorDiagnostic(code, summary, `${expected} Here stands ${shown} instead.${hint}`, { subject });
}

function hasOddQuotes(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at) + 1, endOfLine(text, at));
  return line.length < 2000 && line.replace(/\\./g, '').split('"').length % 2 === 0;
}

interface Message {
  readonly code: string;
  readonly summary: string;
  readonly detail: string;
}

/** A character that begins no token, with what was probably meant. */
function badCharacter(found: string, text: string, at: number): Message {
  switch (found) {
    case "'":
      return message('single-quotes', 'Single quotes', 'Strings are written in double quotes: "like this".');
    case '“':
    case '”':
    case '„':
    case '«':
    case '»':
    case '‘':
    case '’':
      return message(
        'curly-quotes',
        'Typographic quotes',
        `${found} is a quote for people; strings are written in straight double quotes: "like this". A word processor may have changed it.`,
      );
    case '&':
      return message('bad-operator', 'Unknown operator', 'There is no operator &; for "both are true" write &&.');
    case '|':
      return message('bad-operator', 'Unknown operator', 'There is no operator |; for "either is true" write ||.');
    case '^':
      return message(
        'bad-operator',
        'Unknown operator',
        'There is no operator ^; for a power write pow(base, exponent).',
      );
    case ';':
      return message(
        'semicolon',
        'Semicolon',
        'Semicolons mean nothing here; each attribute stands on a line of its own.',
      );
    case '`':
      return message('backquote', 'Backquote', 'Strings are written in double quotes, long ones as a heredoc (<<EOT).');
    case '<<':
      return message('heredoc-opener', 'Heredoc not opened properly', heredocMistake(text, at));
    case '\r':
      return message(
        'stray-carriage-return',
        'Stray carriage return',
        'Lines end in a newline, or carriage return and newline. Here stands a carriage return alone.',
      );
    case '\u00a0':
      return message(
        'odd-space',
        'Not an ordinary space',
        'Here stands a non-breaking space, which looks like a space and is none. Replace it with an ordinary one.',
      );
    default:
      return message('bad-character', 'Character with no meaning', `${printable(found)} means nothing here.`);
  }
}

function heredocMistake(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  const line = text.slice(at, end < 0 ? undefined : end);
  if (/^<<-?\s*["']/.test(line)) return 'The marker of a heredoc is a bare word: <<EOT, not <<"EOT".';
  if (/^<<-?[\p{ID_Start}_][\p{ID_Continue}-]*\s+$/u.test(line))
    return 'Behind the marker of a heredoc the line ends; here spaces follow it.';
  return 'A heredoc is opened with << or <<-, a marker word right behind it, and nothing else on the line: <<EOT.';
}

const message = (code: string, summary: string, detail: string): Message => ({ code, summary, detail });

function printable(found: string): string {
  const code = found.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(found) ? `The character ${found}` : `The character ${hex}`;
}
