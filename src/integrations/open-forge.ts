import { assertNever } from '../lib/assert-never.ts';
import type { Forge, ForgeAddress } from './forge.ts';
import { createGithub } from './github/github.ts';

export type OpenForge = (address: ForgeAddress) => Forge;

/** The forge that the settings name. Nothing is asked of it yet. */
export const openForge: OpenForge = (address) => {
  switch (address.kind) {
    case 'github':
      return createGithub(address);
    case 'gitlab':
    case 'gitea':
      throw new Error(`${address.kind} is not there yet`);
    default:
      return assertNever(address.kind);
  }
};
