import { assertNever } from '../lib/assert-never.ts';
import type { Forge, ForgeAddress } from './forge.ts';
import { createGitea } from './gitea/gitea.ts';
import { createGithub } from './github/github.ts';
import { createGitlab } from './gitlab/gitlab.ts';

export type OpenForge = (address: ForgeAddress) => Forge;

/** The forge that the settings name. Nothing is asked of it yet. */
export const openForge: OpenForge = (address) => {
  switch (address.kind) {
    case 'github':
      return createGithub(address);
    case 'gitlab':
      return createGitlab(address);
    case 'gitea':
      return createGitea(address);
    default:
      return assertNever(address.kind);
  }
};
