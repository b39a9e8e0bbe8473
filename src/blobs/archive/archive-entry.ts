/** What is in an archive of an artifact or a cache: files, directories, and links that stay inside. Nothing else, whoever made it. */
import { posix } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';

interface EntryCommon {
  /** Relative, with forward slashes, clean: no empty part, no `.`, no `..`. */
  readonly path: string;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  /** Whole seconds. */
  readonly mtime: number;
}

export type ArchiveEntry =
  | (EntryCommon & { readonly kind: 'file'; readonly size: number })
  | (EntryCommon & { readonly kind: 'directory' })
  | (EntryCommon & { readonly kind: 'link'; readonly target: string });

export interface ArchiveLimits {
  readonly entries: number;
  readonly unpackedBytes: number;
  /** How many times larger than the archive what comes out may be; asked only from `ratioFromBytes` on, because small things compress oddly. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: 500_000,
  unpackedBytes: 100 * 1024 ** 3,
  ratio: 200,
  ratioFromBytes: 1024 ** 3,
};

/** One compressed piece of the archive holds so many bytes of the tar: any place in it is reached by opening one piece. Part of the format. */
export const MEMBER_BYTES = 1024 * 1024;
export const BLOCK_BYTES = 512;

/** The path, without a slash at its end; a path that could lead anywhere else than into its own directory is refused: `archive.forbidden`. */
export function safePath(path: string): string {
  const clean = path.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  const isSafe =
    clean !== '' &&
    !clean.startsWith('/') &&
    !clean.includes('\0') &&
    clean.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (isSafe) return clean;
  throw forbidden(`has the path ${JSON.stringify(path)}`);
}

/** Whether a link at `path` leads to a place inside the archive's own directory. */
export function isInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const end = posix.normalize(posix.join(posix.dirname(path), target));
  return end !== '..' && !end.startsWith('../') && !end.startsWith('/');
}

export function forbidden(what: string): CodedError {
  return new CodedError('archive.forbidden', `the archive ${what}, which none of ours may have: nothing was unpacked`, {
    hint: 'it was not made by pikoci, or not by a sound one; make it again',
  });
}

export function tooMuch(what: string): CodedError {
  return new CodedError('archive.too_much', what, {
    hint: 'name fewer paths, or put it up in several parts; docs/artifacts.md has the limits',
  });
}

export function checkLimits(
  limits: ArchiveLimits,
  so: { readonly entries: number; readonly unpackedBytes: number; readonly archiveBytes: number },
): void {
  const { entries, unpackedBytes, archiveBytes } = so;
  if (entries > limits.entries) throw tooMuch(`the archive has more than ${limits.entries} files and directories`);
  if (unpackedBytes > limits.unpackedBytes) {
    throw tooMuch(`what is in the archive has more than ${Math.round(limits.unpackedBytes / 1024 ** 3)} GiB`);
  }
  if (unpackedBytes > limits.ratioFromBytes && unpackedBytes > limits.ratio * archiveBytes) {
    throw tooMuch(
      `what is in the archive is more than ${limits.ratio} times as large as the archive itself, as in one that is made to fill a disk`,
    );
  }
}
