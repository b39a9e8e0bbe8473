import type { Instant } from '../../lib/clock.ts';
import type { MongoConnection } from './mongo-connection.ts';

/** How long a comparison of the two clocks holds. */
const HOLDS_MS = 2_000;

/** The clock of the MongoDB server, by which leases are judged: all servers of pikoci see the same one. */
export class MongoClock {
  readonly #mongo: MongoConnection;
  #known: { readonly server: Instant; readonly ours: number } | undefined;

  constructor(mongo: MongoConnection) {
    this.#mongo = mongo;
  }

  readonly now = async (): Promise<Instant> => {
    const known = this.#known;
    const passed = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.ours;
    if (known !== undefined && passed < HOLDS_MS) return Math.round(known.server + passed);
    const asked = performance.now();
    const { localTime } = await this.#mongo.hello();
    if (!(localTime instanceof Date)) throw new Error('the server does not say what time it is');
    const ours = (asked + performance.now()) / 2;
    this.#known = { server: localTime.getTime(), ours };
    return Math.round(localTime.getTime() + performance.now() - ours);
  };
}
