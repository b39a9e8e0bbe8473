import type { Value } from '../value.ts';
import { toJsonText } from '../value-json.ts';

/** YAML as Terraform writes it: strings in quotes, those of several lines as blocks, keys in order. */
export function writeYaml(value: Value): string {
  const lines = [...block(value, 2)];
  const isPlainScalar = value.kind === 'number' || value.kind === 'bool' || value.kind === 'null';
  return `${lines.join('\n')}\n${isPlainScalar ? '...\n' : ''}`;
}

/** The lines of a value; the first may follow `- ` or a key. `indent` is how far the text of a block string stands in from them. */
function block(value: Value, indent: number): string[] {
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      if (value.elements.length === 0) return ['[]'];
      return value.elements.flatMap((element) => hanging(block(element, 0)));
    case 'map':
    case 'object':
      if (value.entries.size === 0) return ['{}'];
      return [...value.entries].flatMap(([name, inner]) => entry(quoted(name), inner));
    case 'string':
      return isBlockText(value.value) ? literal(value.value, indent) : [quoted(value.value)];
    default:
      return [toJsonText(value)];
  }
}

function entry(key: string, value: Value): string[] {
  const lines = block(value, 2);
  const [first = '', ...rest] = lines;
  if (isNonEmptyMap(value)) return [`${key}:`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
  if (isNonEmptySequence(value)) return [`${key}:`, ...lines];
  return [`${key}: ${first}`, ...rest];
}

const isNonEmptyMap = (value: Value): boolean =>
  (value.kind === 'map' || value.kind === 'object') && value.entries.size > 0;
const isNonEmptySequence = (value: Value): boolean =>
  (value.kind === 'list' || value.kind === 'set' || value.kind === 'tuple') && value.elements.length > 0;

/** The lines of an element behind its dash. */
const hanging = (lines: readonly string[]): string[] =>
  lines.map((line, at) => (at === 0 ? `- ${line}` : line === '' ? '' : `  ${line}`));

/** Several lines, with nothing in them that a block could not hold. */
const isBlockText = (text: string): boolean =>
  text.includes('\n') && !/[^\n\x20-\x7e\u00a0-\ufffd]/.test(text) && !/ \n| $/.test(text);

function literal(text: string, indent: number): string[] {
  // Where the text begins with a space or a newline, the indentation must be told.
  const told = /^[ \n]/.test(text) ? '2' : '';
  const ending = text === '\n' || text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return [`|${told}${ending}`, ...lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line))];
}

/** What stands outside the basic plane is written by its number, and so is a byte order mark. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\u{10000}-\u{10ffff}]|\ufeff/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code}`;
  });
