import type { Value } from '../value.ts';
import { toJsonText } from '../value-json.ts';

/** YAML as Terraform writes it: strings in quotes, those of several lines as blocks, keys in order. */
export function writeYaml(value: Value): string {
  const lines = block(value);
  const isPlainScalar = value.kind === 'number' || value.kind === 'bool' || value.kind === 'null';
  return `${lines.join('\n')}\n${isPlainScalar ? '...\n' : ''}`;
}

/** The lines of a value that stands alone; the first may follow `- ` or a key. */
function block(value: Value): string[] {
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      if (value.elements.length === 0) return ['[]'];
      return value.elements.flatMap((element) => hanging('- ', block(element)));
    case 'map':
    case 'object':
      if (value.entries.size === 0) return ['{}'];
      return [...value.entries].flatMap(([name, inner]) => entry(quoted(name), inner));
    case 'string':
      return value.value.includes('\n') && isBlockText(value.value) ? literal(value.value) : [quoted(value.value)];
    default:
      return [toJsonText(value)];
  }
}

function entry(key: string, value: Value): string[] {
  const lines = block(value);
  const [first = '', ...rest] = lines;
  if (isNonEmptyMap(value)) return [`${key}:`, ...lines.map((line) => `  ${line}`)];
  if (isNonEmptySequence(value)) return [`${key}:`, ...lines];
  return [`${key}: ${first}`, ...rest];
}

const isNonEmptyMap = (value: Value): boolean =>
  (value.kind === 'map' || value.kind === 'object') && value.entries.size > 0;
const isNonEmptySequence = (value: Value): boolean =>
  (value.kind === 'list' || value.kind === 'set' || value.kind === 'tuple') && value.elements.length > 0;

/** The lines under a prefix of two characters. */
const hanging = (prefix: string, lines: readonly string[]): string[] =>
  lines.map((line, at) => (at === 0 ? prefix : '  ') + line);

/** A block cannot hold control characters, nor begin with a space. */
const isBlockText = (text: string): boolean => !/[^\n\t\x20-\x7e\u00a0-\ufffd]/.test(text) && !/^[ \n]/.test(text);

function literal(text: string): string[] {
  const ending = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return [`|${ending}`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

const quoted = (text: string): string => JSON.stringify(text);
