/**
 * The working copy of a server: a SQLite file that can be thrown away. It knows which database it is of and up to which entry of the journal it has come; both change in one
 * transaction, so it is never between two entries.
 */
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { sqliteFailure } from '../sql/sqlite/sqlite-errors.ts';
import { BEGINNING, type Cell, type Entry, type Position, type RowChange, type Statement } from './entry.ts';
import { Statements } from './statements.ts';

/** Our own table in it. */
export const COPY_TABLE = 'pikoci_copy';
/** Of the file. Another one is thrown away. */
const FORMAT = 1;

export interface CopiedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/** Key columns that a change can name. */
const MOST_KEYS = 5;
const KEY_COLUMNS = Array.from({ length: MOST_KEYS }, (_, index) => `k${index}`);
const quoted = (name: string): string => `"${name}"`;

export class CopyFile {
  readonly path: string;
  readonly writer: DatabaseSync;
  /** Sees what is committed, also while `writer` is in the middle of something. */
  readonly reader: DatabaseSync;
  readonly written: Statements;
  readonly read: Statements;
  #tables: ReadonlyMap<string, CopiedTable> = new Map();
  #position: Position;

  private constructor(path: string, writer: DatabaseSync, reader: DatabaseSync, position: Position) {
    this.path = path;
    this.writer = writer;
    this.reader = reader;
    this.written = new Statements(writer);
    this.read = new Statements(reader);
    this.#position = position;
    this.watchTables();
  }

  /** `database`: the id of the one it must be of. One of another, or a damaged one, is made anew. */
  static open(path: string, database: string): CopyFile {
    if (existsSync(path)) {
      try {
        const kept = CopyFile.#openAs(path, database);
        if (kept !== undefined) return kept;
      } catch {
        // Whatever is wrong with it: it holds nothing that is not in MongoDB.
      }
    }
    return CopyFile.anew(path, database);
  }

  static anew(path: string, database: string): CopyFile {
    CopyFile.remove(path);
    try {
      const writer = openConnection(path);
      writer.exec(`create table ${COPY_TABLE} (format integer, database text, seq integer, uid text)`);
      writer
        .prepare(`insert into ${COPY_TABLE} values (?, ?, ?, ?)`)
        .run(FORMAT, database, BEGINNING.seq, BEGINNING.uid);
      return new CopyFile(path, writer, openConnection(path), BEGINNING);
    } catch (error) {
      throw sqliteFailure(error, path);
    }
  }

  static remove(path: string): void {
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  }

  static #openAs(path: string, database: string): CopyFile | undefined {
    const writer = openConnection(path);
    try {
      const row = writer.prepare(`select * from ${COPY_TABLE}`).get();
      if (row?.format === FORMAT && row.database === database) {
        return new CopyFile(path, writer, openConnection(path), { seq: Number(row.seq), uid: String(row.uid) });
      }
    } catch (error) {
      writer.close();
      throw error;
    }
    writer.close();
    return undefined;
  }

  get position(): Position {
    return this.#position;
  }

  get tables(): ReadonlyMap<string, CopiedTable> {
    return this.#tables;
  }

  /** It was made for a database that had no name yet. */
  adopt(database: string): void {
    this.writer.prepare(`update ${COPY_TABLE} set database = ?`).run(database);
  }

  close(): void {
    this.written.forget();
    this.read.forget();
    this.reader.close();
    this.writer.close();
  }

  /** Looks which tables there are, and writes down from now on which of their rows change. Not within a transaction. */
  watchTables(): void {
    const { writer } = this;
    this.written.forget();
    this.read.forget();
    const names = writer
      .prepare("select name from main.sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> ?")
      .all(COPY_TABLE)
      .map(({ name }) => String(name));
    this.#tables = new Map(names.map((name) => [name, this.#describe(name)]));
    const old = writer.prepare("select name from temp.sqlite_master where type = 'trigger'").all();
    for (const { name } of old) writer.exec(`drop trigger temp.${quoted(String(name))}`);
    writer.exec(`create temp table if not exists changed (name text, ${KEY_COLUMNS.join(', ')})`);
    for (const { name, key } of this.#tables.values()) {
      const note = (which: 'old' | 'new'): string =>
        `insert into changed (name, ${KEY_COLUMNS.slice(0, key.length).join(', ')}) values ('${name}', ${key.map((column) => `${which}.${quoted(column)}`).join(', ')});`;
      const on = (event: string, notes: string): void =>
        writer.exec(`create temp trigger "${name}_${event}" after ${event} on main.${quoted(name)} begin ${notes} end`);
      on('insert', note('new'));
      on('delete', note('old'));
      on('update', note('old') + note('new'));
    }
  }

  /** The rows that the transaction under way has changed, as they are now. */
  takeChanges(): readonly RowChange[] {
    const found = this.#statement('select distinct * from temp.changed').all();
    if (found.length === 0) return [];
    this.#statement('delete from temp.changed').run();
    const changes: RowChange[] = [];
    for (const note of found) {
      const table = this.#tables.get(String(note.name));
      if (table === undefined) continue;
      const key = KEY_COLUMNS.slice(0, table.key.length).map((column) => note[column] as Cell);
      const row = this.#statement(`select * from ${quoted(table.name)} where ${whereKey(table)}`).get(...key);
      changes.push({ table: table.name, key, ...(row && { row: row as Record<string, Cell> }) });
    }
    return changes;
  }

  /** Within the transaction whose entry this is. */
  moveTo(position: Position): void {
    this.#statement(`update ${COPY_TABLE} set seq = ?, uid = ?`).run(position.seq, position.uid);
    this.#position = position;
  }

  /** One look of its own, for who reads long. */
  openLook(): DatabaseSync {
    const look = openConnection(this.path);
    look.exec('begin');
    return look;
  }

  /** Makes its tables, which are empty. */
  make(ddl: readonly string[]): void {
    this.change(true, () => this.writer.exec(ddl.join(';\n')), this.#position);
    this.watchTables();
  }

  /** As it was when it was made. */
  empty(): void {
    const drops = [...this.#tables.keys()].map((name) => `drop table ${quoted(name)};`);
    this.change(false, () => this.writer.exec(drops.join('\n')), BEGINNING);
    this.watchTables();
  }

  /** Rolls the transaction under way back, to where it began. */
  undo(position: Position): void {
    if (this.writer.isTransaction) this.writer.exec('rollback');
    this.#position = position;
  }

  /** Does what others did. Not within a transaction. */
  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { change } = entry;
      if (change.kind === 'rows') this.change(false, () => this.putRows(change.rows), entry);
      else {
        this.change(true, () => this.#repeat(change.statements), entry);
        this.watchTables();
      }
    }
  }

  /**
   * One transaction that is not written down, and brings the copy to `position`. What rows refer to may come after them, and what goes with a row is said in the entry itself: only
   * statements need `references`.
   */
  change(references: boolean, work: () => void, position: Position): void {
    const { writer } = this;
    const before = this.#position;
    writer.exec(`pragma foreign_keys = ${references ? 'on' : 'off'}`);
    try {
      writer.exec('begin immediate');
      work();
      writer.exec('delete from temp.changed');
      this.moveTo(position);
      writer.exec('commit');
    } catch (error) {
      if (writer.isTransaction) writer.exec('rollback');
      this.#position = before;
      throw sqliteFailure(error, this.path);
    } finally {
      writer.exec('pragma foreign_keys = on');
    }
  }

  /** First all that change go away, so that none stands in the way of another. */
  putRows(rows: readonly RowChange[]): void {
    for (const { table, key } of rows) {
      const known = this.#known(table);
      this.#statement(`delete from ${quoted(table)} where ${whereKey(known)}`).run(...key);
    }
    for (const { table, row } of rows) if (row !== undefined) this.#putRow(table, row);
  }

  /** A row of another moment may stand in its way: the journal says later which of them is right. */
  #putRow(table: string, row: Readonly<Record<string, Cell>>): void {
    const columns = this.#known(table).columns.filter((column) => row[column] !== undefined);
    const values = columns.map((column) => row[column] ?? null);
    const [names, marks] = [columns.map(quoted).join(', '), columns.map(() => '?').join(', ')];
    this.#statement(`insert or replace into ${quoted(table)} (${names}) values (${marks})`).run(...values);
  }

  #repeat(statements: readonly Statement[]): void {
    for (const { sql, parameters } of statements) this.writer.prepare(sql).run(...parameters);
  }

  #statement(text: string): StatementSync {
    return this.written.of(text).statement;
  }

  #known(name: string): CopiedTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`the copy has no table ${name}`);
    return table;
  }

  #describe(name: string): CopiedTable {
    const columns = this.writer.prepare('select name, pk from pragma_table_info(?)').all(name);
    const key = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk));
    if (key.length === 0 || key.length > MOST_KEYS)
      throw new Error(`the table ${name} has a key of ${key.length} columns`);
    return {
      name,
      columns: columns.map((column) => String(column.name)),
      key: key.map((column) => String(column.name)),
    };
  }
}

const whereKey = ({ key }: CopiedTable): string => key.map((column) => `${quoted(column)} = ?`).join(' and ');

function openConnection(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec('pragma busy_timeout = 2000');
  db.exec('pragma journal_mode = wal');
  // The loss of power may take the last entries, which come from MongoDB again.
  db.exec('pragma synchronous = normal');
  db.exec('pragma foreign_keys = on');
  db.exec('pragma temp_store = memory');
  return db;
}
