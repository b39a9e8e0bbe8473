/** The disk, or the quota, is used up: SQLITE_FULL, or SQLITE_IOERR when the log beside the database cannot grow. */
export function isDiskFullError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'errcode' in error ? error.errcode : 'errno' in error ? error.errno : undefined;
  return typeof code === 'number' && ((code & 0xff) === 13 || (code & 0xff) === 10);
}
