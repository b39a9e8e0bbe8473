/** Versions on a command line: named by some of their fields. */
import { CodedError } from '../../lib/coded-error.ts';
import type { VersionFields } from '../../protocol/version.ts';

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `--version k=v …` of one resource. Throws `usage.missing`, `usage.bad_value`. */
export function readVersion(given: readonly string[], resource: string): VersionFields {
  if (given.length === 0) {
    throw new CodedError('usage.missing', `which version of ${resource}?`, {
      hint: `name it by a field, as in --version ref=4f2a91c; pikoci resources versions ${resource} lists them`,
    });
  }
  return fieldsOf(given.map((text) => pairOf(text, 'field=value')));
}

/** `--version resource=k=v …`, by resource. Throws `usage.bad_value`. */
export function readVersions(given: readonly string[]): Readonly<Record<string, VersionFields>> {
  const pairs = given.map((text): readonly [string, readonly [string, string]] => {
    const [resource, field] = pairOf(text, 'resource=field=value');
    return [resource, pairOf(field, 'resource=field=value', text)];
  });
  const byResource = Map.groupBy(pairs, ([resource]) => resource);
  return Object.fromEntries(
    [...byResource].map(([resource, fields]) => [resource, fieldsOf(fields.map(([, field]) => field))]),
  );
}

function pairOf(text: string, form: string, whole = text): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0 && equals < text.length - 1) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new CodedError('usage.bad_value', `--version: "${whole}" is not ${form}`, {
    hint: `write --version ${form === 'field=value' ? 'ref=4f2a91c' : 'git.my-app=ref=4f2a91c'}`,
  });
}

function fieldsOf(pairs: readonly (readonly [string, string])[]): VersionFields {
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (fields.has(name)) {
      throw new CodedError('usage.bad_value', `--version: the field "${name}" is given twice`, {
        hint: 'a version has one value for each field',
      });
    }
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}
