/** `values = { mode = "container|process", port = "0..65535" }` of a type: what its parameters may be, as far as that is known before a run. */
import { nearest } from '../lib/nearest.ts';
import type { GivenParams, Parametrised } from './instance-params.ts';
import type { Loading } from './loading.ts';
import { plainText } from './plain-text.ts';
import type { TypeReader } from './type-reader.ts';

export type AllowedValue =
  | { readonly kind: 'one_of'; readonly texts: readonly string[] }
  | { readonly kind: 'number'; readonly from: number; readonly to: number };

export type AllowedValues = ReadonlyMap<string, AllowedValue>;

export function readAllowedValues(reader: TypeReader, accepts: readonly string[] | undefined): AllowedValues {
  const attribute = reader.reader.attribute('values');
  const entries = attribute && reader.expressions.planEntries(attribute, reader.names);
  const allowed = new Map<string, AllowedValue>();
  for (const [name, { plan, broken, keyAt }] of entries ?? []) {
    if (broken) continue;
    if (accepts?.includes(name) !== true) {
      const suggestion = nearest(name, accepts ?? []);
      const detail = `${reader.reader.owner} says what "${name}" may be, and has no parameter of that name.`;
      reader.loading.error('unknown-parameter', 'Unknown parameter', detail, { subject: keyAt, suggestion });
      continue;
    }
    const value = plan.kind === 'known' && typeof plan.value === 'string' ? allowedValue(plan.value) : undefined;
    if (value !== undefined) allowed.set(name, value);
    else {
      const detail = `What "${name}" may be is a text: its values, "auto|container", or whole numbers from one to another, "0..65535".`;
      reader.loading.error('bad-values', 'Not the values of a parameter', detail, { subject: keyAt });
    }
  }
  return allowed;
}

function allowedValue(text: string): AllowedValue | undefined {
  const [, from, to] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    return Number(from) > Number(to) ? undefined : { kind: 'number', from: Number(from), to: Number(to) };
  }
  const texts = text.split('|').map((part) => part.trim());
  return texts.includes('') ? undefined : { kind: 'one_of', texts };
}

/** Reports what is known already and is not allowed. Null and an empty text count as not given. */
export function checkValues(
  { noun, name: typeName }: Pick<Parametrised, 'noun' | 'name'>,
  allowed: AllowedValues,
  given: GivenParams,
  loading: Loading,
): void {
  for (const [name, { plan, broken, at }] of given) {
    const wanted = allowed.get(name);
    if (wanted === undefined || broken || plan.kind !== 'known') continue;
    const text = plainText(plan.value);
    if (text === undefined || text === '' || isAllowed(text, wanted)) continue;
    const suggestion = wanted.kind === 'one_of' ? nearest(text, wanted.texts) : undefined;
    const shown = JSON.stringify(plan.value);
    const is = shown.length > 60 ? 'what it is given' : shown;
    const detail = `"${name}" of the ${noun} "${typeName}" is ${describe(wanted)}, and ${is} is not.`;
    loading.error('wrong-parameter-value', 'Wrong value', detail, { subject: at, suggestion });
  }
}

function isAllowed(text: string, allowed: AllowedValue): boolean {
  if (allowed.kind === 'one_of') return allowed.texts.includes(text);
  return /^\d{1,15}$/.test(text) && Number(text) >= allowed.from && Number(text) <= allowed.to;
}

function describe(allowed: AllowedValue): string {
  if (allowed.kind === 'number') return `a whole number from ${allowed.from} to ${allowed.to}`;
  const texts = allowed.texts.map((text) => JSON.stringify(text));
  return texts.length === 1 ? String(texts[0]) : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}
