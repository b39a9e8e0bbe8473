/** What the text of a source must be, by its `sha256` and by the lock file, and whether it is. */
import type { Loading } from './loading.ts';
import type { LockEntry } from './lock-file.ts';
import type { LockedKind, ResolvedSource, SourceReference } from './source.ts';

/**
 * The SHA-256 that a text from the web must have; undefined when nothing says. `refused` when `sha256` and lock disagree, or when there is a
 * lock file and neither says: then nothing is fetched.
 */
export function pinOf(wanted: SourceReference, loading: Loading): string | undefined | 'refused' {
  const { lock, request } = loading;
  const entry = lockedFetch(wanted, loading);
  const pinned = wanted.sha256 === undefined ? undefined : plainSum(wanted.sha256);
  if (entry !== undefined && pinned !== undefined && entry.sha256 !== pinned) {
    const detail = `"sha256" pins ${wanted.source} to ${pinned}, and ${lock?.file} has ${entry.sha256}. When the one written here is right: ${updateCommand(wanted, loading)}`;
    loading.error('lock-disagrees', 'Pinned to two texts', detail, { subject: wanted.sha256At ?? wanted.at });
    return 'refused';
  }
  if (lock !== undefined && entry === undefined && pinned === undefined && request.lock !== 'extend') {
    const detail = `${lock.file} has no entry for this source, and where there is a lock file nothing else is fetched. Look at its text, then add it: pikoci lock ${request.bundle.main}`;
    loading.error('not-locked', 'Source is not locked', detail, { subject: wanted.at });
    return 'refused';
  }
  return pinned ?? entry?.sha256;
}

/** Whether a text that was found is the one that is pinned; if not, that is reported. Takes note of it for the lock file. */
export async function mayBeUsed(wanted: SourceReference, found: ResolvedSource, loading: Loading): Promise<boolean> {
  const bytes = new TextEncoder().encode(found.text);
  const actual = await sha256Of(bytes);
  const pinned = wanted.sha256 === undefined ? undefined : plainSum(wanted.sha256);
  if (pinned !== undefined && pinned !== actual) {
    const detail = `The text of ${wanted.source} has the SHA-256 ${actual}, and the pipeline pins another. Read what changed, then write the new sum here.`;
    loading.error('sha256-mismatch', 'Source has changed', detail, { subject: wanted.sha256At ?? wanted.at });
    return false;
  }
  const { kind, source: address, at } = wanted;
  if (!found.builtin && !isFetched(address)) return true;
  const entry = loading.lock?.find(kind, address);
  // A built-in may be another one in each version of pikoci; but what was locked as one from elsewhere must not become one.
  const free = found.builtin && entry?.pikoci !== undefined;
  if (entry !== undefined && !free && entry.sha256 !== actual) {
    const now = found.builtin ? 'is built in now and' : 'now';
    const detail = `${address} was locked on ${entry.lockedAt.slice(0, 10)} with ${entry.size} bytes and the SHA-256 ${entry.sha256}; it ${now} has ${bytes.length} bytes and ${actual}. Read what changed. To take the new text: ${updateCommand(wanted, loading)}`;
    loading.error('lock-mismatch', 'Source is not what was locked', detail, { subject: at });
    return false;
  }
  const known = loading.usedSources.some((used) => used.kind === kind && used.address === address);
  if (!known) {
    loading.usedSources.push({ kind, address, sha256: actual, size: bytes.length, builtin: found.builtin });
  }
  return true;
}

/** The entry that a text from the web is held against: one of a built-in is none. */
function lockedFetch(wanted: { kind: LockedKind; source: string }, { lock }: Loading): LockEntry | undefined {
  const entry = lock?.find(wanted.kind, wanted.source);
  return entry?.pikoci === undefined ? entry : undefined;
}

const isFetched = (address: string): boolean => /^(https?|pikoci):\/\//i.test(address);

function updateCommand(wanted: SourceReference, { request }: Loading): string {
  return `pikoci lock --update ${wanted.source} ${request.bundle.main}`;
}

/** People write it as tools print it: in capitals, or with the name of the algorithm before it. */
const plainSum = (written: string): string =>
  written
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '');

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
