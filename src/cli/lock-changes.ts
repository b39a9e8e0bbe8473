/** What differs between a lock file and the sources as they are. */
import { assertNever } from '../lib/assert-never.ts';
import type { LockEntry } from '../pipeline/lock-file.ts';

export type LockChange = {
  readonly address: string;
  /** Whether the pipeline may not be used because of it: not so for a built-in, which is as it is in each version of pikoci. */
  readonly matters: boolean;
} & (
  | { readonly kind: 'added'; readonly now: LockEntry }
  | { readonly kind: 'changed'; readonly was: LockEntry; readonly now: LockEntry }
  | { readonly kind: 'gone'; readonly was: LockEntry }
);

/** In the order of the addresses. */
export function changesBetween(was: readonly LockEntry[], now: readonly LockEntry[]): LockChange[] {
  const changes: LockChange[] = [];
  for (const entry of now) {
    const old = was.find((one) => isSame(one, entry));
    const { address } = entry;
    const builtin = entry.pikoci !== undefined;
    if (old === undefined) changes.push({ kind: 'added', address, now: entry, matters: !builtin });
    else if (old.sha256 !== entry.sha256 || (old.pikoci !== undefined) !== builtin) {
      changes.push({ kind: 'changed', address, was: old, now: entry, matters: !builtin || old.pikoci === undefined });
    }
  }
  for (const entry of was) {
    if (now.some((one) => isSame(one, entry))) continue;
    changes.push({ kind: 'gone', address: entry.address, was: entry, matters: entry.pikoci === undefined });
  }
  return changes.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

const isSame = (a: LockEntry, b: LockEntry): boolean => a.kind === b.kind && a.address === b.address;

/** One line. */
export function describeChange(change: LockChange): string {
  switch (change.kind) {
    case 'added':
      return `+ ${change.address}  ${about(change.now)}`;
    case 'changed':
      return `~ ${change.address}  ${about(change.was)}; now ${about(change.now)}`;
    case 'gone':
      return `- ${change.address}  is not used any more`;
    default:
      return assertNever(change);
  }
}

function about({ kind, sha256, size, lockedAt, pikoci }: LockEntry): string {
  const from = pikoci === undefined ? lockedAt.slice(0, 10) : `pikoci ${pikoci}`;
  return `${kind}, ${size} bytes, sha256 ${sha256.slice(0, 12)}…, ${from}`;
}
