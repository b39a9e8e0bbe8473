import { normalize } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';

/** The path, relative to the build's directory; one that leads out of it is refused. `what` names it in the message. */
export function insideWorkDir(path: string, what: string): string {
  const clean = normalize(path);
  if (!clean.startsWith('/') && clean !== '..' && !clean.startsWith('../') && !clean.includes('\0')) return clean;
  throw new CodedError(
    'path.outside',
    `${what} is ${JSON.stringify(path)}, which lies outside of the build's directory`,
    {
      hint: 'give a path relative to $WORKDIR, without ..',
    },
  );
}
