/** The form of a job's inputs: what its fields hold while a person fills them, and what is sent. */
import type { Json } from '../../lib/json.ts';
import type { JobInputView } from '../../protocol/gates.ts';

/** By name: a text, a tick, or the chosen of several. A list is written one element a line. */
export type FieldValues = Record<string, string | boolean | string[]>;

export function emptyFields(inputs: readonly JobInputView[]): FieldValues {
  return Object.fromEntries(inputs.map((input) => [input.name, startOf(input)]));
}

function startOf({ type, options, default: value }: JobInputView): FieldValues[string] {
  if (type === 'bool' && value !== undefined) return value === true;
  if (type === 'list(string)') {
    const items = Array.isArray(value) ? value.map(String) : [];
    return options === undefined ? items.join('\n') : items;
  }
  return value === undefined || value === null ? '' : String(value);
}

/** What is left empty is left out: the server says what is missing, and fills in what is not. */
export function givenFields(inputs: readonly JobInputView[], fields: FieldValues): Record<string, Json> {
  const values: Record<string, Json> = {};
  for (const { name, type } of inputs) {
    const field = fields[name];
    if (field === undefined || field === '') continue;
    values[name] =
      type === 'list(string)' && typeof field === 'string' ? field.split('\n').filter((line) => line !== '') : field;
  }
  return values;
}
