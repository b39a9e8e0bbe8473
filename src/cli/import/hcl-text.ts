/** Texts and values as HCL writes them. Whatever comes from a file that is converted goes through here: none of it ends its string. */

/** A piece of HCL, made by a converter and never by the text of a file. */
export class Expression {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** A text in which expressions stand. */
export class Template {
  readonly parts: readonly (string | Expression)[];

  constructor(parts: readonly (string | Expression)[]) {
    this.parts = parts;
  }
}

export type HclValue =
  | string
  | number
  | boolean
  | null
  | Expression
  | Template
  | readonly HclValue[]
  | ReadonlyMap<string, HclValue>;

/** What one reads, in as few parts as there are: a text without expressions is a text, an expression alone is one. */
export function template(parts: readonly (string | Expression)[]): string | Expression | Template {
  const joined: (string | Expression)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  const [first, second] = joined;
  if (second === undefined) return first ?? '';
  return new Template(joined);
}

export const partsOf = (value: string | Expression | Template): readonly (string | Expression)[] =>
  value instanceof Template ? value.parts : [value];

/** One text after the other. */
export const joinTexts = (...values: readonly (string | Expression | Template)[]): string | Expression | Template =>
  template(values.flatMap(partsOf));

const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'for', 'if', 'in', 'else', 'endif', 'endfor']);
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export const isIdentifier = (name: string): boolean => IDENTIFIER.test(name) && !WORDS.has(name);

/** `root.name`, or `root["odd name"]`. */
export const member = (root: string, name: string): string =>
  isIdentifier(name) ? `${root}.${name}` : `${root}[${quoted(name)}]`;

export function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return JSON.stringify(text.toWellFormed())
    .slice(1, -1)
    .replaceAll(/\\([bf])/g, (_, letter: string) => (letter === 'b' ? '\\u0008' : '\\u000c'))
    .replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => unicode(character))
    .replaceAll(/([$%])\{/g, '$1$1{');
}

const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const WIDEST = 110;

/** `indent`: what stands before the line that it begins on. `mayBeHeredoc`: it is all that stands behind its `=`. */
export function valueText(value: HclValue, indent = '', mayBeHeredoc = false): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : quoted(String(value));
  if (value instanceof Expression) return value.source;
  if (typeof value === 'string' || value instanceof Template) {
    return (mayBeHeredoc ? heredoc(value, indent) : undefined) ?? quotedTemplate(value);
  }
  if (value instanceof Map) return objectText([...value], indent);
  return listText(value as readonly HclValue[], indent);
}

function quotedTemplate(value: string | Template): string {
  const parts = partsOf(value);
  const texts = parts.map((part) => (part instanceof Expression ? `\${${part.source}}` : escaped(part)));
  // A sign at the end of a text and the brace of an expression behind it would be an escape.
  return `"${texts.map((text, at) => (at + 1 < texts.length && /[$%]$/.test(text) ? `${text.slice(0, -1)}\${"${text.at(-1)}"}` : text)).join('')}"`;
}

/** A script of several lines. `undefined`: it would not come out as it went in. */
function heredoc(value: string | Template, indent: string): string | undefined {
  const parts = partsOf(value);
  const literal = parts.map((part) => (part instanceof Expression ? '\u0001' : part)).join('');
  if (
    !literal.trimEnd().includes('\n') ||
    !/^[\t\n\u0001\u0020-\u007e\u00a0-\u2027\u202a-\ufefe\u{10000}-\u{10ffff}]*$/u.test(literal)
  ) {
    return undefined;
  }
  if (parts.some((part) => typeof part === 'string' && part.includes('\u0001'))) return undefined;
  if (parts.some((part, at) => at + 1 < parts.length && typeof part === 'string' && /[$%]$/.test(part)))
    return undefined;
  const lines = literal.replace(/\n*$/, '').split('\n');
  // What all lines have in common goes away with our own indentation, so one must have none.
  if (!lines.some((line) => line !== '' && line.trimStart().length === line.length)) return undefined;
  let marker = 'EOT';
  while (lines.some((line) => line.trim() === marker)) marker += '_';
  const inner = `${indent}  `;
  const text = parts
    .map((part) => (part instanceof Expression ? `\${${part.source}}` : part.replaceAll(/([$%])\{/g, '$1$1{')))
    .join('')
    .replace(/\n*$/, '');
  const body = text.split('\n').map((line) => (line.trim() === '' ? line : `${inner}${line}`));
  return [`<<-${marker}`, ...body, `${indent}${marker}`].join('\n');
}

function listText(items: readonly HclValue[], indent: string): string {
  const texts = items.map((item) => valueText(item, `${indent}  `));
  const flat = `[${texts.join(', ')}]`;
  if (flat.length + indent.length <= WIDEST && !flat.includes('\n')) return flat;
  return `[\n${texts.map((text) => `${indent}  ${text},\n`).join('')}${indent}]`;
}

function objectText(entries: readonly (readonly [string, HclValue])[], indent: string): string {
  if (entries.length === 0) return '{}';
  const texts = entries.map(([key, value]) => [isIdentifier(key) ? key : quoted(key), value] as const);
  const flat = `{ ${texts.map(([key, value]) => `${key} = ${valueText(value, indent)}`).join(', ')} }`;
  if (flat.length + indent.length <= WIDEST && !flat.includes('\n') && entries.length <= 3) return flat;
  const lines = texts.map(([key, value]) => `${indent}  ${key} = ${valueText(value, `${indent}  `)}\n`);
  return `{\n${lines.join('')}${indent}}`;
}
