/**
 * A line over a collection: servers write into it, each under the next number, and look what is new many times a second. It needs nothing that a single server of MongoDB has not.
 */
import type { Document } from 'mongodb';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { ServersLine } from '../servers.ts';
import type { MongoConnection } from './mongo-connection.ts';

const [LINE, NUMBERS] = ['line', 'pikoci'] as const;
const EVERY_MS = 100;
const AT_ONCE = 200;
/** A number may appear after a later one, when its writer was slower: so far back is looked again. */
const BEHIND = 50;
/** Nobody looks for what is older. */
const KEPT_MS = 60_000;
const TRIM_EVERY_MS = 30_000;
const AFTER_FAILURE_MS = 2_000;

interface LineDocument extends Document {
  readonly _id: number;
}
interface NumberDocument extends Document {
  readonly _id: string;
}
const lineDocument = z.object({ _id: z.number(), body: z.string() });
const numberDocument = z.object({ number: z.number() });

export function openMongoLine(mongo: MongoConnection, clock: Clock): ServersLine {
  const line = () => mongo.collection<LineDocument>(LINE);
  let last: number | undefined;
  let seen = new Set<number>();
  let trimAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let saying: Promise<void> = Promise.resolve();
  let closed = false;

  async function numberOf(text: string): Promise<void> {
    const found = await mongo
      .collection<NumberDocument>(NUMBERS)
      .findOneAndUpdate({ _id: 'line' }, { $inc: { number: 1 } }, { upsert: true, returnDocument: 'after' });
    const { number } = numberDocument.parse(found);
    await line().insertOne({ _id: number, at: new Date(clock.now()), body: text });
  }

  async function look(take: (text: string) => void): Promise<void> {
    last ??= await lastOf();
    const found = await line()
      .find({ _id: { $gt: last - BEHIND } }, { sort: { _id: 1 }, limit: AT_ONCE })
      .toArray();
    const rows = found.map((document) => lineDocument.parse(document));
    const fresh = rows.filter(({ _id }) => !seen.has(_id));
    // What was there before us was said to others.
    const first = seen.size === 0 && fresh.every(({ _id }) => _id <= (last ?? 0));
    seen = new Set(rows.map(({ _id }) => _id));
    last = Math.max(last, rows.at(-1)?._id ?? 0);
    if (!first) for (const { body } of fresh) if (!closed) take(body);
    const now = clock.now();
    if (now < trimAt) return;
    trimAt = now + TRIM_EVERY_MS;
    await line().deleteMany({ at: { $lt: new Date(now - KEPT_MS) } });
  }

  async function lastOf(): Promise<number> {
    const [newest] = await line()
      .find({}, { sort: { _id: -1 }, limit: 1 })
      .toArray();
    return newest === undefined ? 0 : lineDocument.parse(newest)._id;
  }

  return {
    say(text) {
      // In their order. Whoever was to be told looks by himself after a while.
      saying = saying.then(() => numberOf(text)).catch(() => undefined);
    },
    listen(take) {
      const again = (ms: number): void => {
        if (closed) return;
        timer = setTimeout(() => {
          looking = look(take).then(
            () => again(EVERY_MS),
            () => again(AFTER_FAILURE_MS),
          );
        }, ms);
      };
      again(0);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.all([looking, saying]);
    },
  };
}
