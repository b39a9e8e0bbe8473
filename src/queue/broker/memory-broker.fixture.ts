/** A broker in this process, in the hands of whoever wants to read along, to hold back, to repeat and to add. */
import type { Broker, BrokerConnection, BrokerEvents } from './broker.ts';

export interface Letter {
  readonly mailbox: string;
  readonly message: Uint8Array;
}

export interface MemoryBroker extends Broker {
  /** Everything that was sent so far. */
  readonly seen: readonly Letter[];
  /** What becomes of a letter on its way; as it is, unless something else is said. */
  way: (letter: Letter) => readonly Letter[];
  /** As anybody could who has the broker's password. */
  put(letter: Letter): void;
}

interface Holder {
  readonly kind: 'own' | 'shared';
  readonly take: (message: Uint8Array) => void;
  readonly by: BrokerConnection;
}

export function createMemoryBroker(maxBytes = 64 * 1024): MemoryBroker {
  const seen: Letter[] = [];
  const holders = new Map<string, Holder[]>();
  let turn = 0;

  const put = ({ mailbox, message }: Letter, events?: BrokerEvents): void => {
    setImmediate(() => {
      const all = holders.get(mailbox) ?? [];
      const shared = all.filter(({ kind }) => kind === 'shared');
      const chosen = shared[turn++ % Math.max(1, shared.length)];
      const takers = [...all.filter(({ kind }) => kind === 'own'), ...(chosen ? [chosen] : [])];
      if (takers.length === 0) events?.undelivered(mailbox);
      for (const { take } of takers) take(message.slice());
    });
  };

  const broker: MemoryBroker = {
    seen,
    way: (letter) => [letter],
    put,
    async connect(events) {
      let closed = false;
      const end = (): void => {
        closed = true;
        for (const [mailbox, all] of holders) {
          holders.set(
            mailbox,
            all.filter(({ by }) => by !== connection),
          );
        }
      };
      const connection: BrokerConnection = {
        maxBytes,
        async hold(mailbox, kind, take) {
          const holder: Holder = { kind, take, by: connection };
          holders.set(mailbox, [...(holders.get(mailbox) ?? []), holder]);
          return () => {
            holders.set(
              mailbox,
              (holders.get(mailbox) ?? []).filter((one) => one !== holder),
            );
          };
        },
        send(mailbox, message) {
          if (closed) return;
          const letter = { mailbox, message: message.slice() };
          seen.push(letter);
          for (const one of broker.way(letter)) put(one, events);
        },
        close: async () => end(),
        terminate: end,
      };
      return connection;
    },
  };
  return broker;
}
