/**
 * The forms in which a secret can turn up in a log: as it is, and as the usual tools print it after encoding or quoting it.
 *
 * What is not recognised: a secret that was cut, reversed, compressed, encrypted, encoded twice, or printed as a hex dump with
 * columns. And of a base64 text in whose middle a secret stands, its first and last character may show up to four bits of it.
 */

/** Below this many characters a secret is not masked: it would hide half of every log and betray itself by that. */
export const SHORTEST_SECRET = 3;
/** A line of a multi-line secret is a secret of its own from this length on: `}` and `EOF` are not. */
const SHORTEST_LINE = 6;
/** From here on a secret is recognised when a line break stands in it. */
const SHORTEST_CUT = 8;
/** An encoded form shorter than this is broken over two lines by listing the breaks; from here on the search skips them. */
const WRAPPED_FROM = 16;

/** Written the same in JSON, in addresses and in a shell. */
const NEEDS_NO_QUOTES = /^[A-Za-z0-9._-]*$/;

export interface SecretForm {
  readonly bytes: Buffer;
  /** A line break may stand between any two of its bytes: `base64` and `xxd -p` wrap. */
  readonly wrapped: boolean;
}

/** All forms of a secret, without duplicates; none shorter than three bytes. None at all if it is too short to be masked. */
export function secretForms(secret: string): SecretForm[] {
  const forms = new Map<string, SecretForm>();
  const add = (bytes: Buffer, wrapped: boolean): void => {
    if (bytes.length >= SHORTEST_SECRET) forms.set(`${wrapped} ${bytes.toString('latin1')}`, { bytes, wrapped });
  };
  for (const part of partsOf(secret)) {
    const quoted = NEEDS_NO_QUOTES.test(part) ? [] : [...jsonForms(part), ...urlForms(part), ...shellForms(part)];
    for (const text of [part, ...quoted]) add(Buffer.from(text), false);
    if (!/[\r\n]/.test(part)) for (const { text, wrapped } of cutOverLines(part)) add(Buffer.from(text), wrapped);
    for (const { text, column } of [...base64Forms(Buffer.from(part)), ...hexForms(Buffer.from(part))]) {
      if (text.length >= WRAPPED_FROM) add(Buffer.from(text), true);
      else for (const broken of withBreaks(text, column)) add(Buffer.from(broken), false);
    }
  }
  return [...forms.values()];
}

/** False for what is so short that masking it would do more harm than good. */
export function isMaskable(secret: string): boolean {
  return [...secret.trim()].length >= SHORTEST_SECRET;
}

/** The secret, without the white space around it, and its lines. */
function partsOf(secret: string): Set<string> {
  const whole = secret.toWellFormed();
  if (!isMaskable(whole)) return new Set();
  const lines = whole.split(/\r\n|\n|\r/).map((line) => line.trim());
  const long = lines.length > 1 ? lines.filter((line) => [...line].length >= SHORTEST_LINE) : [];
  return new Set([whole, whole.trim(), whole.replace(/[\r\n]+$/, ''), whole.replaceAll('\r\n', '\n').trim(), ...long]);
}

function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const unicode = (char: string): string =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  return [
    plain,
    plain.replaceAll('/', '\\/'), // PHP
    plain.replace(/[<>&\u2028\u2029]/g, unicode), // Go
    plain.replace(/[^\0-\x7e]/gu, unicode), // Python
  ];
}

/** What each encoder leaves as it is, beside letters, digits, and `-._`. */
const URL_SAFE = [
  '~', // RFC 3986: curl, jq, Python's quote with safe=''
  '~/', // Python's quote
  '', // HTML forms in PHP and Java
  '*', // URLSearchParams
  "~!*'()", // encodeURIComponent
  "~!*'();,/?:@&=+$#", // encodeURI
  '~$&+=:@', // Go's PathEscape
  '~$&+,;=', // Go's user:password@
];

function urlForms(text: string): string[] {
  const upper = URL_SAFE.map((safe) =>
    text.replace(/[^A-Za-z0-9._-]/gu, (char) => (safe.includes(char) ? char : percentEncode(char))),
  );
  upper.push(...upper.map((form) => form.replaceAll('%20', '+')));
  return [...upper, ...upper.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

function percentEncode(char: string): string {
  return [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** What stands between the quotes, or in place of them. */
function shellForms(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"), // 'single', as sh -x prints it
    text.replaceAll("'", `'"'"'`), // 'single', Python's shlex
    text.replace(/[\\"$`]/g, '\\$&'), // "double"
    text.replace(/[\\"$`!]/g, '\\$&'),
    text.replace(/[^A-Za-z0-9_@%+=:,./\-\u0080-\uffff\n]/g, '\\$&'), // printf %q
    text.replace(/[^A-Za-z0-9_@%+=:./\-\u0080-\uffff\n]/g, '\\$&'),
    text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r'), // $'ansi'
  ];
}

interface Encoded {
  readonly text: string;
  /** The column, modulo 4, in which it begins if the whole encoding is wrapped: lines are multiples of 4 long. */
  readonly column: number;
}

/**
 * A secret in the middle of an encoded text can begin at any of three places in a group of three bytes. Of each, what is
 * taken are the characters that depend on nothing but the secret.
 */
function base64Forms(bytes: Buffer): Encoded[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const column = Math.ceil((8 * before) / 6);
    const text = whole.slice(column, Math.floor((8 * (before + bytes.length)) / 6));
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')].map((form) => ({ text: form, column }));
  });
}

function hexForms(bytes: Buffer): Encoded[] {
  const text = bytes.toString('hex');
  return [text, text.toUpperCase()].flatMap((form) => [0, 2].map((column) => ({ text: form, column })));
}

/** A secret that `fold` or a narrow column broke. Of a short one half might stand at the end of any line: it is left. */
function cutOverLines(text: string): { text: string; wrapped: boolean }[] {
  if (Buffer.byteLength(text) >= WRAPPED_FROM) return [{ text, wrapped: true }];
  if (text.length < SHORTEST_CUT) return [];
  return Array.from({ length: text.length - 1 }, (_, at) => at + 1).flatMap((at) =>
    ['\n', '\r\n'].map((eol) => ({ text: text.slice(0, at) + eol + text.slice(at), wrapped: false })),
  );
}

/** The text, and the text with a line break wherever a line that is a multiple of four long could end. */
function withBreaks(text: string, column: number): string[] {
  const forms = [text];
  for (let at = (4 - (column % 4)) % 4 || 4; at < text.length; at += 4) {
    for (const eol of ['\n', '\r\n']) forms.push(text.slice(0, at) + eol + text.slice(at));
  }
  return forms;
}
