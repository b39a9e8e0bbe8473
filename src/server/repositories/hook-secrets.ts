import { randomBytes } from 'node:crypto';
import type { RepositoryId } from '../../lib/ids.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import type { AtRest } from '../secrets/at-rest.ts';

/** What webhooks are signed with, sealed for the database and opened where one is checked. */
export interface HookSecrets {
  make(id: RepositoryId): { readonly secret: string; readonly sealed: string };
  /** Throws `secrets.wrong_key`. */
  open(repository: Pick<RepositoryRecord, 'id' | 'sealedSecret'>): string;
}

const MOST_KEPT = 5_000;

export function createHookSecrets(atRest: AtRest): HookSecrets {
  const opened = new Map<string, string>();
  const contextOf = (id: RepositoryId): string => `webhooks of repository ${id}`;
  return {
    make(id) {
      const secret = randomBytes(32).toString('hex');
      return { secret, sealed: atRest.encrypt(secret, contextOf(id)) };
    },
    open({ id, sealedSecret }) {
      const known = opened.get(sealedSecret);
      if (known !== undefined) return known;
      const secret = String(atRest.decrypt(sealedSecret, contextOf(id)));
      if (opened.size >= MOST_KEPT) opened.clear();
      opened.set(sealedSecret, secret);
      return secret;
    },
  };
}
