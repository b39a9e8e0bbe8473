import { placeOf } from './expressions.ts';
import { checkParams, plansOf, readBareParams, readParams } from './instance-params.ts';
import type { LoadedVariable } from './load-variables.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Names } from './names.ts';
import type { VariableBinding } from './plan.ts';
import type { TypeLibrary } from './type-library.ts';

/** Every secret type takes these: where the value is, and which part of what is found there. */
const ALWAYS = ['path', 'key'];

/** `secret "type" { path = … key = … }` of a variable. */
export function loadSecret(
  { block, typeText }: Extract<LoadedVariable, { kind: 'secret' }>,
  names: Names,
  library: TypeLibrary,
  loading: Loading,
): VariableBinding | undefined {
  const [typeName] = loading.labels(block, 'type') ?? [];
  if (typeName === undefined) return undefined;
  const type = library.secret(typeName, labelRange(block, 0));
  const reader = loading.reader(block.body, `secret "${typeName}"`);
  const given = readParams(reader, names, loading);
  for (const [key, value] of readBareParams(reader, names, loading)) if (!given.has(key)) given.set(key, value);
  reader.finish();
  if (type === undefined) return undefined;
  // What the type's configuration gives need not be given again.
  const configured = { ...type, defaults: { ...type.defaults, ...type.type.config } };
  const isUnread = reader.isMeant('params') || loading.isUnread(block.range);
  const what = { noun: 'secret type', name: typeName, at: block.headerRange, isUnread };
  checkParams(what, configured, given, ALWAYS, loading);
  const at = placeOf(block.headerRange);
  const valueType = typeText === undefined ? {} : { valueType: typeText };
  return { kind: 'secret', type: type.type.name, params: plansOf(given), at, ...valueType };
}
