/**
 * The repositories that somebody may administer on their forges. Forges cannot be searched for just those, so all are asked for, once, and kept for a
 * while: then searching as one types is quick.
 */
import type { AdministeredRepository } from '../../integrations/forge.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import type { ForgeAccounts } from './forge-account.ts';

export interface OfferedRepositories {
  /** By what was changed last. Throws the errors of forge.ts. */
  list(userId: UserId | undefined, provider: string, fresh: boolean): Promise<readonly AdministeredRepository[]>;
}

const KEPT_MS = 60_000;
const MOST_PAGES = 50;
const AT_ONCE = 4;
const MOST_LISTS = 500;

interface Kept {
  readonly until: number;
  readonly list: Promise<readonly AdministeredRepository[]>;
}

export function createOfferedRepositories(accounts: ForgeAccounts, clock: Clock): OfferedRepositories {
  const kept = new Map<string, Kept>();

  async function ask(userId: UserId | undefined, provider: string): Promise<readonly AdministeredRepository[]> {
    const { forge, token } = await accounts.open(userId, provider);
    const all = new Map<string, AdministeredRepository>();
    for (let page = 1; page <= MOST_PAGES; ) {
      // The first alone: most have no second.
      const numbers = page === 1 ? [1] : Array.from({ length: AT_ONCE }, (_, more) => page + more);
      const answers = await Promise.all(numbers.map((number) => forge.listRepositories(token, number)));
      for (const { items } of answers) for (const one of items) if (one.admin) all.set(one.id, one);
      if (!answers.every(({ more }) => more)) break;
      page += numbers.length;
    }
    return [...all.values()].sort((a, b) => (b.changedAt ?? '').localeCompare(a.changedAt ?? ''));
  }

  return {
    async list(userId, provider, fresh) {
      const key = JSON.stringify([userId, provider]);
      const there = kept.get(key);
      if (there !== undefined && !fresh && there.until > clock.now()) return there.list;
      if (kept.size >= MOST_LISTS) kept.clear();
      const list = ask(userId, provider);
      kept.set(key, { until: clock.now() + KEPT_MS, list });
      try {
        return await list;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
  };
}

/** Those whose name or description has every word of the search. */
export function search<One extends AdministeredRepository>(all: readonly One[], text: string): readonly One[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = all.filter(({ fullName, description }) => {
    const where = `${fullName} ${description ?? ''}`.toLowerCase();
    return words.every((word) => where.includes(word));
  });
  // Those that are called so come before those that are about it.
  const named = (one: One): boolean => words.every((word) => one.fullName.toLowerCase().includes(word));
  return [...hits.filter(named), ...hits.filter((one) => !named(one))];
}

export const isForgeTrouble = (error: unknown): error is CodedError =>
  error instanceof CodedError && (error.code.startsWith('forge.') || error.code.startsWith('sign_in.'));
