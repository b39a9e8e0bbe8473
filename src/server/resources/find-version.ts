/** The version that somebody names by some of its fields. */
import { CodedError } from '../../lib/coded-error.ts';
import { canonicalJson, type Json } from '../../lib/json.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { ResourceRecord, VersionRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';

const PAGE = 1_000;
/** Shorter than this, the beginning of a text names nothing. */
const SHORTEST = 4;
const NAMED = 3;

/**
 * All its fields, or as many as leave only one. Throws `resource.version_not_found`, and `resource.version_ambiguous` naming some that fit.
 */
export async function findVersion(
  store: Pick<Store, 'listVersions'>,
  { id, address }: Pick<ResourceRecord, 'id' | 'address'>,
  wanted: VersionFields,
): Promise<VersionRecord> {
  const text = Object.entries(wanted).map(([name, value]) => `${name}=${plain(value)}`);
  if (text.length === 0) {
    throw new CodedError('api.bad_request', 'which version? it is named by its fields, and none was given');
  }
  const begins: VersionRecord[] = [];
  const fits: VersionRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.listVersions(id, { limit: PAGE, after });
    for (const version of page.items) {
      if (canonicalJson(version.version) === canonicalJson(wanted)) return version;
      if (matches(version.version, wanted, (there, asked) => there === asked)) fits.push(version);
      else if (matches(version.version, wanted, beginsWith)) begins.push(version);
    }
    after = page.next;
    if (after === undefined) break;
  }
  const found = fits.length > 0 ? fits : begins;
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    throw new CodedError('resource.version_not_found', `${address} has no version with ${text.join(', ')}`, {
      hint: `pikoci resources versions ${address} shows those there are; if it is new, check the resource first`,
    });
  }
  const some = found.slice(0, NAMED).map(({ version }) => canonicalJson(version));
  throw new CodedError(
    'resource.version_ambiguous',
    `${found.length} versions of ${address} fit ${text.join(', ')}: ${some.join(' ')}${found.length > NAMED ? ' …' : ''}`,
    { hint: 'give more of its fields, or more of one' },
  );
}

function matches(
  there: VersionFields,
  wanted: VersionFields,
  same: (there: string, asked: string) => boolean,
): boolean {
  return Object.entries(wanted).every(([name, asked]) => {
    const value = Object.hasOwn(there, name) ? there[name] : undefined;
    return value !== undefined && same(plain(value), plain(asked));
  });
}

const beginsWith = (there: string, asked: string): boolean =>
  there === asked || (asked.length >= SHORTEST && there.startsWith(asked));

/** A command line has only text: `3` is the number and the text. */
const plain = (value: Json): string => (typeof value === 'string' ? value : canonicalJson(value));
