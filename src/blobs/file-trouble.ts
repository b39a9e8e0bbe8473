import { CodedError } from '../lib/coded-error.ts';
import { errnoCode } from '../lib/system/errno.ts';
import { blobsUnavailable } from './blobs.ts';

/** What a disk under blobs says, in the port's words: `blobs.full`, `blobs.unavailable`. */
export function fileTrouble(error: unknown, where: string): CodedError {
  if (error instanceof CodedError) return error;
  const errno = errnoCode(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new CodedError('blobs.full', `there is no room for it: the disk of ${where} is full`, {
      cause: error,
      hint: 'free some space there, or keep blobs elsewhere (--blobs-system, --blobs-dir)',
    });
  }
  return blobsUnavailable(where, error);
}
