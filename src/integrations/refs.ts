const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';

/** `undefined`: it is no branch. */
export const branchOf = (ref: string): string | undefined =>
  ref.startsWith(BRANCHES) ? ref.slice(BRANCHES.length) : undefined;

export const tagOf = (ref: string): string | undefined => (ref.startsWith(TAGS) ? ref.slice(TAGS.length) : undefined);
