export interface Escape {
  readonly text: string;
  readonly after: number;
  /** What is wrong with it, in sentences. */
  readonly problem?: string;
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** Reads the escape sequence whose backslash is at `at`. */
export function readEscape(text: string, at: number): Escape {
  const selector = text.charAt(at + 1);
  const simple = SIMPLE[selector];
  if (simple !== undefined) return { text: simple, after: at + 2 };
  if (selector === 'u' || selector === 'U') return readCodePoint(text, at, selector === 'u' ? 4 : 8);
  // The line or the file ends: that the string is not closed says enough.
  if (selector === '' || selector === '\n' || selector === '\r') return { text: '', after: at + 1 };
  const shown = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  return {
    text: shown,
    after: at + 1 + shown.length,
    problem: `\\${shown} is no escape sequence. There are \\n, \\r, \\t, \\", \\\\, \\uNNNN and \\UNNNNNNNN; a backslash itself is written \\\\.`,
  };
}

function readCodePoint(text: string, at: number, length: 4 | 8): Escape {
  const digits = /^[0-9a-fA-F]*/.exec(text.slice(at + 2, at + 2 + length))?.[0] ?? '';
  const after = at + 2 + digits.length;
  if (digits.length < length) {
    const problem = `\\${text.charAt(at + 1)} is followed by exactly ${length} hexadecimal digits, the number of a character.`;
    return { text: '', after, problem };
  }
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return { text: '', after, problem: `There is no character ${digits}.` };
  return { text: String.fromCodePoint(code), after };
}
