import type { Forge, ForgeAddress, ForgeGrants } from '../../integrations/forge.ts';
import type { OpenForge } from '../../integrations/open-forge.ts';

/** The forges of the settings, opened. */
export interface ForgesInUse {
  /** `undefined`: the settings do not have it any more. */
  named(name: string): Forge | undefined;
  /** One by which work can be done that leads to nothing. */
  any(): Forge;
  list(): readonly ForgeAddress[];
}

const NOWHERE: ForgeAddress = {
  name: 'none',
  kind: 'github',
  baseUrl: 'http://forge.invalid',
  apiUrl: 'http://forge.invalid',
};

export function createForgesInUse(grants: Pick<ForgeGrants, 'providers'>, open: OpenForge): ForgesInUse {
  const opened = new Map<string, { readonly address: string; readonly forge: Forge }>();
  const none = open(NOWHERE);

  function openOnce(forge: ForgeAddress): Forge {
    const address = JSON.stringify([forge.kind, forge.baseUrl, forge.apiUrl]);
    const there = opened.get(forge.name);
    if (there?.address === address) return there.forge;
    const made = open(forge);
    opened.set(forge.name, { address, forge: made });
    return made;
  }

  return {
    named(name) {
      const address = grants.providers().find((one) => one.name === name);
      return address === undefined ? undefined : openOnce(address);
    },
    any: () => none,
    list: () => grants.providers(),
  };
}
