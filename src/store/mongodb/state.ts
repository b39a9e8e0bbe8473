/** What the collection `pikoci` says about the database as a whole. */
import type { Document } from 'mongodb';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Position } from './entry.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { isTaken } from './mongo-errors.ts';

const STATE = 'pikoci';
/** Of how all of this lies in MongoDB. */
const FORMAT = 1;

const databaseDocument = z.object({ id: z.string(), format: z.number() });
const tablesDocument = z.object({
  generation: z.string(),
  seq: z.number(),
  uid: z.string(),
  ddl: z.array(z.string()),
});

/** Which collections have the rows, and up to which entry. */
export interface KeptTables extends Position {
  /** The end of the collections' names: `builds.3f2a`. */
  readonly generation: string;
  /** How the tables are made. */
  readonly ddl: readonly string[];
}

interface StateDocument extends Document {
  readonly _id: string;
}

export class State {
  readonly #mongo: MongoConnection;

  constructor(mongo: MongoConnection) {
    this.#mongo = mongo;
  }

  get #all() {
    return this.#mongo.collection<StateDocument>(STATE);
  }

  /**
   * The id of the database, made by whoever comes first. `undefined`: it is empty. Errors: `store.foreign_database`, `store.schema_newer`.
   */
  async find(): Promise<string | undefined> {
    const found = await this.#mongo.run(() => this.#all.findOne({ _id: 'database' }));
    if (found !== null) {
      const { id, format } = databaseDocument.parse(found);
      if (format <= FORMAT) return id;
      throw new CodedError('store.schema_newer', `the database has format ${format}, and this pikoci knows ${FORMAT}`, {
        hint: 'a newer pikoci has used this database: run that version, or give another database',
      });
    }
    const names = await this.#mongo.run(() => this.#mongo.db.listCollections({}, { nameOnly: true }).toArray());
    const foreign = names.map(({ name }) => name).find((name) => !name.startsWith('system.'));
    if (foreign === undefined || foreign === STATE) return undefined;
    throw new CodedError(
      'store.foreign_database',
      `the database holds collections of another program, for example "${foreign}"`,
      { hint: 'give another with --db-name: an empty one, or one that does not exist yet' },
    );
  }

  /** Fails where nothing can be written: better now than with the first build. */
  async claim(): Promise<string> {
    const { write } = await this.#mongo.concerns();
    try {
      await this.#mongo.run(() =>
        this.#all.updateOne(
          { _id: 'database' },
          { $set: { format: FORMAT }, $setOnInsert: { id: newId() } },
          { upsert: true, writeConcern: write },
        ),
      );
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const id = await this.find();
    if (id === undefined) throw new Error('the database has been emptied meanwhile');
    return id;
  }

  async tables(): Promise<KeptTables | undefined> {
    const { read } = await this.#mongo.concerns();
    const found = await this.#mongo.run(() => this.#all.findOne({ _id: 'tables' }, { readConcern: read }));
    return found === null ? undefined : tablesDocument.parse(found);
  }

  /** The rows are of this entry now. */
  async moveTables(generation: string, position: Position): Promise<void> {
    const { write } = await this.#mongo.concerns();
    const { seq, uid } = position;
    await this.#mongo.run(() =>
      this.#all.updateOne(
        { _id: 'tables', generation, seq: { $lt: seq } },
        { $set: { seq, uid } },
        { writeConcern: write },
      ),
    );
  }

  /** Other collections have the rows from now on. False: another server has done the same. */
  async replaceTables(old: KeptTables | undefined, tables: KeptTables): Promise<boolean> {
    const { write } = await this.#mongo.concerns();
    const { generation, seq, uid, ddl } = tables;
    const values = { generation, seq, uid, ddl: [...ddl] };
    try {
      return await this.#mongo.run(async () => {
        if (old === undefined) {
          await this.#all.insertOne({ _id: 'tables', ...values }, { writeConcern: write });
          return true;
        }
        const done = await this.#all.updateOne(
          { _id: 'tables', generation: old.generation },
          { $set: values },
          { writeConcern: write },
        );
        return done.matchedCount === 1;
      });
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  /** What one server at a time does, for reasons of cost: it would be right if two did it. */
  async takeTurn(name: string, holder: string, now: number, forMs: number): Promise<boolean> {
    const turn = { holder, until: new Date(now + forMs) };
    try {
      const done = await this.#mongo.run(() =>
        this.#all.updateOne(
          { _id: name, $or: [{ holder }, { until: { $lt: new Date(now) } }] },
          { $set: turn },
          { upsert: true },
        ),
      );
      return done.matchedCount + done.upsertedCount === 1;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  async leaveTurn(name: string, holder: string): Promise<void> {
    await this.#mongo.run(() => this.#all.deleteOne({ _id: name, holder }));
  }
}
