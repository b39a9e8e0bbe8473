/** A path of this server to go on to; anything that could lead elsewhere becomes the front page. */
export function ownPath(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])/.test(next) || /[\\\s]/.test(next)) return '/';
  return next;
}
