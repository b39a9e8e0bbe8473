import { statfsSync } from 'node:fs';

const FULL_BELOW_BYTES = 256 * 1024;

/** Whether there is next to no room on the disk that the directory is on: then a failure has another name. */
export function isDiskFull(dir: string): boolean {
  const { bavail, bsize, files, ffree } = statfsSync(dir);
  return bavail * bsize < FULL_BELOW_BYTES || (files > 0 && ffree === 0);
}
