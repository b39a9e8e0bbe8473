/**
 * Where webhooks are laid down before they are answered. Those that come while others are being written are written together after them: one commit
 * for all that wait, so that many at once take hardly longer than one.
 */
import type { NewDelivery, RepositoryStore } from '../../store/repository-store.ts';

export interface Inbox {
  /** Resolves once it is kept. One that was kept before changes nothing. */
  put(delivery: NewDelivery): Promise<void>;
}

/** Databases limit how large a statement may be. */
const MOST_ROWS = 200;
const MOST_BYTES = 2 * 1024 * 1024;

interface Waiting {
  readonly delivery: NewDelivery;
  readonly kept: () => void;
  readonly failed: (error: unknown) => void;
}

export function createInbox(store: Pick<RepositoryStore, 'saveDeliveries'>, onKept: () => void): Inbox {
  let waiting: Waiting[] = [];
  let busy = false;

  async function save(portion: readonly Waiting[]): Promise<void> {
    try {
      await store.saveDeliveries(portion.map(({ delivery }) => delivery));
      for (const { kept } of portion) kept();
      onKept();
    } catch (error) {
      const [first, ...others] = portion;
      if (first === undefined || others.length === 0) first?.failed(error);
      // What is wrong with one must not be the trouble of all.
      else for (const one of portion) await save([one]);
    }
  }

  async function saveAll(): Promise<void> {
    busy = true;
    while (waiting.length > 0) await save(takePortion());
    busy = false;
  }

  function takePortion(): readonly Waiting[] {
    let bytes = 0;
    const over = waiting.findIndex(({ delivery }, at) => {
      bytes += delivery.body.byteLength;
      return at === MOST_ROWS || (at > 0 && bytes > MOST_BYTES);
    });
    const portion = over === -1 ? waiting : waiting.slice(0, over);
    waiting = over === -1 ? [] : waiting.slice(over);
    return portion;
  }

  return {
    put: (delivery) =>
      new Promise((kept, failed) => {
        waiting.push({ delivery, kept, failed });
        if (!busy) void saveAll();
      }),
  };
}
