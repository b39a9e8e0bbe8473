import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';

/**
 * Says in words why a file could not be used. `action` completes "cannot ...": "write the key". Codes: `file.not_found`,
 * `file.forbidden`, `file.disk_full`, `file.wrong_kind`, `file.failed`.
 */
export function fileError(error: unknown, action: string, path: string): CodedError {
  if (error instanceof CodedError) return error;
  const errno = errnoCode(error);
  const { code, why, hint } = REASONS[errno] ?? {
    code: 'file.failed',
    why: error instanceof Error ? error.message : String(error),
    hint: undefined,
  };
  return new CodedError(
    code,
    `cannot ${action} ${path}: ${why}`,
    hint === undefined ? { cause: error } : { hint, cause: error },
  );
}

interface Reason {
  readonly code: string;
  readonly why: string;
  readonly hint: string | undefined;
}

const forbidden: Reason = {
  code: 'file.forbidden',
  why: 'permission denied',
  hint: 'check the owner and mode of the file and of the directories above it',
};
const full: Reason = {
  code: 'file.disk_full',
  why: 'the disk is full',
  hint: 'make room, or choose another --data-dir',
};

const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: { code: 'file.not_found', why: 'there is no such file or directory', hint: undefined },
  ENOTDIR: { code: 'file.wrong_kind', why: 'a part of the path is a file, not a directory', hint: undefined },
  EISDIR: { code: 'file.wrong_kind', why: 'it is a directory', hint: undefined },
  EEXIST: { code: 'file.wrong_kind', why: 'something else is there already', hint: undefined },
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: { code: 'file.forbidden', why: 'the disk is mounted read-only', hint: undefined },
  ENOSPC: full,
  EDQUOT: { ...full, why: 'the disk quota is used up' },
};
