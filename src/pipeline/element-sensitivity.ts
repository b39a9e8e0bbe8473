import { isSensitiveWithin, type Value } from '../hcl/value.ts';

/** For each element of a list or tuple whether it is sensitive; undefined for anything else, and where the whole of it is. */
export function elementSensitivity(value: Value): readonly boolean[] | undefined {
  if (value.sensitive || (value.kind !== 'tuple' && value.kind !== 'list')) return undefined;
  return value.elements.map(isSensitiveWithin);
}
