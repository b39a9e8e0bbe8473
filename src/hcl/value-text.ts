import { numberText } from './exact-number.ts';
import { describeType } from './type.ts';
import type { Value } from './value.ts';

/**
 * A value as HCL writes it, over several lines where it has parts; read again it gives the same value and type. What must not be shown
 * is `(sensitive)`, what is not known yet `(known at run time)`.
 */
export function valueText(value: Value, indentation = ''): string {
  if (value.sensitive) return '(sensitive)';
  switch (value.kind) {
    case 'string':
      return quotedText(value.value);
    case 'number':
      return numberText(value.value);
    case 'bool':
      return String(value.value);
    case 'null':
      return nullText(value.type.kind);
    case 'unknown':
      return value.type.kind === 'dynamic' ? '(known at run time)' : `(${describeType(value.type)}, known at run time)`;
    case 'tuple':
      return sequenceText(value.elements, indentation);
    case 'list':
    case 'set':
      return `to${value.kind}(${sequenceText(value.elements, indentation)})`;
    case 'object':
      return entriesText(value.entries, indentation);
    case 'map':
      return `tomap(${entriesText(value.entries, indentation)})`;
  }
}

/** A text in quotes, so that it reads as that text again. */
export function quotedText(text: string): string {
  const escaped = text.replace(
    /["\\]|[$%](?=\{)|[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (found) => ESCAPES[found] ?? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  $: '$$',
  '%': '%%',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const nullText = (kind: string): string =>
  kind === 'string' || kind === 'number' || kind === 'bool' ? `to${kind}(null)` : 'null';

function sequenceText(elements: readonly Value[], indentation: string): string {
  if (elements.length === 0) return '[]';
  const inner = `${indentation}  `;
  return `[\n${elements.map((element) => `${inner}${valueText(element, inner)},\n`).join('')}${indentation}]`;
}

function entriesText(entries: ReadonlyMap<string, Value>, indentation: string): string {
  if (entries.size === 0) return '{}';
  const inner = `${indentation}  `;
  const lines = [...entries].map(([name, value]) => `${inner}${quotedText(name)} = ${valueText(value, inner)}\n`);
  return `{\n${lines.join('')}${indentation}}`;
}
