import { CodedError } from '../lib/coded-error.ts';

/** `/repos/owner/name`; what is more or less than that is no repository. Throws `forge.not_found`. */
export function repositoryPath(fullName: string): string {
  const [owner, name, ...rest] = fullName.split('/');
  if (owner === undefined || !name || rest.length > 0 || [owner, name].some((part) => /^\.{0,2}$/.test(part))) {
    throw new CodedError('forge.not_found', `"${fullName}" is no repository: its name is OWNER/NAME`);
  }
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}
