/**
 * The truth: every committed change of the database under its number, one document each. Who writes takes the next number; who was slower finds it taken. A change larger than
 * a document lies in parts, which count only once the document of its number is there.
 */
import { BSON, type Document } from 'mongodb';
import { z } from 'zod';
import type { Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { newId } from '../../lib/ids.ts';
import { UNSTORABLE } from '../sql/server-failures.ts';
import type { Cell, Change, Entry, Position, RowChange, Statement } from './entry.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { isTaken } from './mongo-errors.ts';

const [JOURNAL, PARTS] = ['journal', 'journal_parts'] as const;
/** Of one document; MongoDB takes 16 MiB. */
const PART_BYTES = 8 * 1024 * 1024;
const [ENTRIES_AT_ONCE, BYTES_AT_ONCE] = [500, 16 * 1024 * 1024];
const MOST_BYTES = 15.5 * 1024 * 1024;

const cell: z.ZodType<Cell> = z.union([z.string(), z.number(), z.null(), z.instanceof(Uint8Array)]);
const rowChange = z.object({ t: z.string(), k: z.array(cell), r: z.record(z.string(), cell).optional() });
const statement = z.object({ sql: z.string(), p: z.array(cell) });
const content = { rows: z.array(rowChange).optional(), statements: z.array(statement).optional() };
const entryDocument = z.object({
  _id: z.number(),
  uid: z.string(),
  at: z.date(),
  parts: z.number().optional(),
  ...content,
});
const partDocument = z.object(content);

type Content = z.infer<typeof partDocument>;
interface EntryDocument extends Document {
  readonly _id: number;
}
interface PartDocument extends Document {
  readonly _id: string;
}

export class Journal {
  readonly #mongo: MongoConnection;
  readonly #server: string;
  readonly #now: () => Promise<Instant>;

  /** `server`: who writes, for people who look. `now`: by the clock of MongoDB. */
  constructor(mongo: MongoConnection, server: string, now: () => Promise<Instant>) {
    this.#mongo = mongo;
    this.#server = server;
    this.#now = now;
  }

  /** Makes `change` the one of this number. `undefined`: another has it. */
  async append(seq: number, change: Change): Promise<Position | undefined> {
    const uid = newId();
    const { write } = await this.#mongo.concerns();
    const parts = partsOf(change);
    const head = { _id: seq, uid, at: new Date(await this.#now()), by: this.#server };
    const [first] = parts;
    const document = parts.length === 1 ? { ...head, ...first } : { ...head, parts: parts.length };
    if (parts.length > 1) {
      const all = this.#mongo.collection<PartDocument>(PARTS);
      for (const [index, part] of parts.entries()) {
        await this.#mongo.run(() =>
          all.insertOne({ _id: `${uid}/${index}`, seq, at: head.at, ...part }, { writeConcern: write }),
        );
      }
    }
    const insert = () => this.#mongo.collection<EntryDocument>(JOURNAL).insertOne(document, { writeConcern: write });
    try {
      await this.#mongo.run(insert);
    } catch (error) {
      if (isTaken(error)) return (await this.uidOf(seq)) === uid ? { seq, uid } : undefined;
      if (!(error instanceof CodedError) || error.code !== 'store.unreachable') throw error;
      // Perhaps it was done and only the answer was lost: asked again, it is done once all the same.
      try {
        await this.#mongo.run(insert);
      } catch (again) {
        if (!isTaken(again)) throw again;
        return (await this.uidOf(seq)) === uid ? { seq, uid } : undefined;
      }
    }
    return { seq, uid };
  }

  /** The entry of this number, if it is there. What is asked all the time: a look by the key itself is the cheapest there is. */
  async at(seq: number): Promise<Entry | undefined> {
    const { read } = await this.#mongo.concerns();
    return await this.#mongo.run(async () => {
      const found = await this.#mongo
        .collection<EntryDocument>(JOURNAL)
        .findOne({ _id: seq }, { readConcern: read, promoteBuffers: true });
      return found === null ? undefined : await this.#entryOf(found);
    });
  }

  /** In their order, as many as are well held at once. The first need not be the next one: then those between are not kept any more. */
  async after(seq: number): Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }> {
    const { read } = await this.#mongo.concerns();
    return await this.#mongo.run(async () => {
      const found = this.#mongo
        .collection<EntryDocument>(JOURNAL)
        .find({ _id: { $gt: seq } }, { readConcern: read, sort: { _id: 1 }, limit: ENTRIES_AT_ONCE, raw: true });
      const entries: Entry[] = [];
      let bytes = 0;
      // With `raw` they come as they lie there.
      for await (const document of found as unknown as AsyncIterable<Buffer>) {
        const { _id, uid, parts, ...inside } = entryDocument.parse(
          BSON.deserialize(document, { promoteBuffers: true }),
        );
        const contents = parts === undefined ? [inside] : await this.#partsOf(uid, parts);
        entries.push({ seq: _id, uid, change: changeOf(contents) });
        bytes += document.length + (parts ?? 0) * PART_BYTES;
        if (bytes >= BYTES_AT_ONCE) return { entries, more: true };
      }
      return { entries, more: entries.length === ENTRIES_AT_ONCE };
    });
  }

  async #entryOf(document: Document): Promise<Entry> {
    const { _id, uid, parts, ...inside } = entryDocument.parse(document);
    const contents = parts === undefined ? [inside] : await this.#partsOf(uid, parts);
    return { seq: _id, uid, change: changeOf(contents) };
  }

  async uidOf(seq: number): Promise<string | undefined> {
    const { read } = await this.#mongo.concerns();
    const found = await this.#mongo.run(() =>
      this.#mongo
        .collection<EntryDocument>(JOURNAL)
        .findOne({ _id: seq }, { projection: { uid: 1 }, readConcern: read }),
    );
    return found === null ? undefined : z.object({ uid: z.string() }).parse(found).uid;
  }

  /**
   * Forgets entries up to `folded` (which the collections of rows have) that are older than `before`, but for the last `keep`. Gives the number of the first that is left,
   * `undefined` when there was nothing to forget.
   */
  async trim(folded: number, before: Date, keep: number): Promise<number | undefined> {
    const entries = this.#mongo.collection<EntryDocument>(JOURNAL);
    const last = await this.#mongo.run(() =>
      entries.findOne(
        { _id: { $lte: folded - keep }, at: { $lt: before } },
        { sort: { _id: -1 }, projection: { _id: 1 } },
      ),
    );
    if (last === null) return undefined;
    await this.#mongo.run(() => entries.deleteMany({ _id: { $lte: last._id } }));
    await this.#mongo.run(() =>
      this.#mongo.collection<PartDocument>(PARTS).deleteMany({ seq: { $lte: last._id }, at: { $lt: before } }),
    );
    return last._id + 1;
  }

  async #partsOf(uid: string, count: number): Promise<readonly Content[]> {
    const { read } = await this.#mongo.concerns();
    const contents: Content[] = [];
    for (let index = 0; index < count; index++) {
      const part = await this.#mongo.run(() =>
        this.#mongo.collection<PartDocument>(PARTS).findOne({ _id: `${uid}/${index}` }, { readConcern: read }),
      );
      if (part === null) {
        throw new CodedError('store.corrupt', `part ${index} of an entry of the journal is missing`, {
          hint: 'was the database changed by hand? restore it from a backup',
        });
      }
      contents.push(partDocument.parse(part));
    }
    return contents;
  }
}

function changeOf(contents: readonly Content[]): Change {
  const statements = contents.flatMap((part) => part.statements ?? []);
  if (statements.length > 0) {
    return { kind: 'statements', statements: statements.map(({ sql, p }): Statement => ({ sql, parameters: p })) };
  }
  const rows = contents.flatMap((part) => part.rows ?? []);
  return { kind: 'rows', rows: rows.map(({ t, k, r }): RowChange => ({ table: t, key: k, ...(r && { row: r }) })) };
}

/** At least one. Error: `store.unstorable` for a row that is larger than a document. */
function partsOf(change: Change): readonly Document[] {
  const [name, items]: readonly [string, readonly Document[]] =
    change.kind === 'rows'
      ? ['rows', change.rows.map(({ table, key, row }) => ({ t: table, k: key, ...(row && { r: row }) }))]
      : ['statements', change.statements.map(({ sql, parameters }) => ({ sql, p: parameters }))];
  const parts: Document[][] = [[]];
  let size = 0;
  for (const item of items) {
    const bytes = BSON.calculateObjectSize(item);
    if (bytes > MOST_BYTES) throw tooLarge(bytes);
    if (size + bytes > PART_BYTES && size > 0) {
      parts.push([]);
      size = 0;
    }
    size += bytes;
    parts.at(-1)?.push(item);
  }
  return parts.map((part) => ({ [name]: part }));
}

const tooLarge = (bytes: number): CodedError =>
  new CodedError(
    UNSTORABLE.code,
    `MongoDB holds at most 16 MiB at once, and this is ${Math.ceil(bytes / 2 ** 20)} MiB`,
    {
      hint: 'make it smaller, or use another database',
    },
  );
