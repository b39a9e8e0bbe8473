/**
 * The rows, one document each, in one collection for each table: what people can look at, and what a copy that is made anew begins with. They come behind the journal: each document says
 * of which entry it is, so that writing one twice, or an older one later, changes nothing. A row that is gone leaves a document that says so, for as long as an older one could come.
 */
import { randomBytes } from 'node:crypto';
import type { AnyBulkWriteOperation, Document } from 'mongodb';
import { MongoBulkWriteError } from 'mongodb';
import { z } from 'zod';
import { COPY_TABLE, type CopiedTable, type CopyFile } from './copy-file.ts';
import { type Cell, type Entry, keyText, type Position, type RowChange } from './entry.ts';
import type { MongoConnection } from './mongo-connection.ts';
import type { KeptTables, State } from './state.ts';

/** Of rows in one command. */
const [MOST_ROWS, MOST_BYTES] = [500, 4 * 1024 * 1024];

interface RowDocument extends Document {
  readonly _id: string | number;
}

const cell: z.ZodType<Cell> = z.union([z.string(), z.number(), z.null(), z.instanceof(Uint8Array)]);
const rowDocument = z.object({ _id: z.unknown(), _seq: z.number(), _gone: z.boolean().optional() }).catchall(cell);

export class RowCollections {
  readonly #mongo: MongoConnection;
  readonly #state: State;

  constructor(mongo: MongoConnection, state: State) {
    this.#mongo = mongo;
    this.#state = state;
  }

  /** Fills an empty copy. What it is then may be older than the journal, never newer than what the journal still has. */
  async load(copy: CopyFile): Promise<void> {
    for (;;) {
      const kept = await this.#state.tables();
      if (kept === undefined) return;
      copy.make(kept.ddl);
      for (const table of copy.tables.values()) await this.#loadTable(copy, table, kept);
      const now = await this.#state.tables();
      if (now?.generation === kept.generation) {
        copy.change(false, () => undefined, { seq: kept.seq, uid: kept.uid });
        return;
      }
      // Another server has made other collections meanwhile, and taken those away.
      copy.empty();
    }
  }

  async #loadTable(copy: CopyFile, table: CopiedTable, { generation }: KeptTables): Promise<void> {
    const { read } = await this.#mongo.concerns();
    const cursor = this.#mongo.collection<RowDocument>(nameIn(table.name, generation)).find({}, { readConcern: read });
    let [rows, bytes]: [RowChange[], number] = [[], 0];
    const put = (): void => {
      const some = rows;
      [rows, bytes] = [[], 0];
      copy.change(false, () => copy.putRows(some), copy.position);
    };
    await this.#mongo.run(async () => {
      for await (const document of cursor) {
        const { _id, _seq, _gone, ...row } = rowDocument.parse(document);
        if (_gone === true) continue;
        rows.push({ table: table.name, key: table.key.map((column) => row[column] ?? null), row });
        bytes += sizeOf(row);
        if (rows.length === MOST_ROWS || bytes >= MOST_BYTES) put();
      }
    });
    if (rows.length > 0) put();
  }

  /** Writes what entries changed, the newest of each row alone. */
  async fold(entries: readonly Entry[], { generation }: KeptTables): Promise<void> {
    const byTable = new Map<string, Map<Cell, readonly [seq: number, change: RowChange]>>();
    for (const { seq, change } of entries) {
      if (change.kind === 'statements') throw new Error('statements are no rows');
      for (const row of change.rows) {
        const rows = byTable.get(row.table) ?? new Map();
        byTable.set(row.table, rows);
        rows.set(keyText(row.key), [seq, row]);
      }
    }
    for (const [table, rows] of byTable) {
      for (const some of bearable(rows.values(), ([, { row }]) => sizeOf(row))) {
        await this.#write(nameIn(table, generation), some.map(replacementOf));
      }
    }
  }

  /** Writes all rows of the copy into new collections, and makes them those that count. `goOn`: false when another does it by now. */
  async rewrite(copy: CopyFile, old: KeptTables | undefined, goOn: () => Promise<boolean>): Promise<void> {
    const generation = randomBytes(3).toString('hex');
    const look = copy.openLook();
    try {
      const row = look.prepare(`select seq, uid from ${COPY_TABLE}`).get();
      const position: Position = { seq: Number(row?.seq), uid: String(row?.uid) };
      for (const table of copy.tables.values()) {
        const found = look.prepare(`select * from "${table.name}"`).iterate() as Iterable<Record<string, Cell>>;
        for (const rows of bearable(found, sizeOf)) {
          if (!(await goOn())) return;
          const documents = rows.map((values) => documentOf(table, values, position.seq));
          await this.#write(
            nameIn(table.name, generation),
            documents.map((document) => ({ insertOne: { document } })),
          );
        }
      }
      const ddl = look
        .prepare(
          "select sql from sqlite_master where sql is not null and name not like 'sqlite_%' and name <> ? order by rowid",
        )
        .all(COPY_TABLE)
        .map(({ sql }) => String(sql));
      const done = await this.#state.replaceTables(old, { generation, ...position, ddl });
      await this.#dropOthers(done ? generation : (await this.#state.tables())?.generation);
    } finally {
      look.close();
    }
  }

  /** What says that a row is gone, when no older one can come any more. */
  async forgetGone(before: number, generation: string): Promise<void> {
    for (const name of await this.#names()) {
      if (!name.endsWith(`.${generation}`)) continue;
      const filter = { _gone: true, _seq: { $lt: before } };
      await this.#mongo.run(() => this.#mongo.collection<RowDocument>(name).deleteMany(filter));
    }
  }

  async #dropOthers(generation: string | undefined): Promise<void> {
    for (const name of await this.#names()) {
      if (/\.[0-9a-f]{6}$/.test(name) && !name.endsWith(`.${generation}`))
        await this.#mongo.run(() => this.#mongo.db.dropCollection(name));
    }
  }

  async #names(): Promise<readonly string[]> {
    const found = await this.#mongo.run(() => this.#mongo.db.listCollections({}, { nameOnly: true }).toArray());
    return found.map(({ name }) => name);
  }

  /** Those that a newer one is there of already are passed over. */
  async #write(name: string, operations: AnyBulkWriteOperation<RowDocument>[]): Promise<void> {
    const { write } = await this.#mongo.concerns();
    await this.#mongo.run(() =>
      this.#mongo
        .collection<RowDocument>(name)
        .bulkWrite(operations, { ordered: false, writeConcern: write })
        .catch(unlessTaken),
    );
  }
}

/** In portions of a size that one command bears. */
function* bearable<T>(items: Iterable<T>, size: (item: T) => number): Generator<T[]> {
  let [some, bytes]: [T[], number] = [[], 0];
  for (const item of items) {
    some.push(item);
    bytes += size(item);
    if (some.length < MOST_ROWS && bytes < MOST_BYTES) continue;
    yield some;
    [some, bytes] = [[], 0];
  }
  if (some.length > 0) yield some;
}

function documentOf(
  { key }: Pick<CopiedTable, 'key'>,
  values: Readonly<Record<string, Cell>>,
  seq: number,
): RowDocument {
  return { ...values, _id: keyText(key.map((column) => values[column] ?? null)) as RowDocument['_id'], _seq: seq };
}

function replacementOf([seq, { key, row }]: readonly [number, RowChange]): AnyBulkWriteOperation<RowDocument> {
  const _id = keyText(key) as RowDocument['_id'];
  const replacement = row === undefined ? { _seq: seq, _gone: true } : { ...row, _seq: seq };
  return { replaceOne: { filter: { _id, _seq: { $lt: seq } }, replacement, upsert: true } };
}

const nameIn = (table: string, generation: string): string => `${table}.${generation}`;

function unlessTaken(error: unknown): void {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const all = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  if (all.some(({ code }) => code !== 11_000)) throw error;
}

const sizeOf = (row: Readonly<Record<string, Cell>> | undefined): number =>
  Object.values(row ?? {}).reduce<number>(
    (sum, value) => sum + (value === null || typeof value === 'number' ? 8 : value.length),
    0,
  );
