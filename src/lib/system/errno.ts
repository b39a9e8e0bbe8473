/** The system's name of an error (`ENOENT`), or '' for anything else that was thrown. */
export function errnoCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
