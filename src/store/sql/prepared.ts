/**
 * Queries of the hot path, whose text is made once. Kysely makes the text of a query anew each time, which takes longer than SQLite needs to
 * run it; here it is made with stand-ins for the values, and each call only puts the values in their places.
 */
import type { Compilable, CompiledQuery, DialectAdapter, QueryResult } from 'kysely';
import type { Db } from './schema.ts';

class StandIn {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Prepared<Params, Row> = (db: Db, params: Params) => Promise<QueryResult<Row>>;

/**
 * `build` writes the query with `param('name')` where a value of the call goes. It must not branch on values, and takes no lists: how many there are
 * is part of the text.
 */
export function prepared<Params extends object>() {
  return <Row>(
    build: (db: Db, param: <Name extends keyof Params & string>(name: Name) => Params[Name]) => Compilable<Row>,
  ): Prepared<Params, Row> => {
    // One text for each dialect; a database and its transactions share their adapter.
    const texts = new WeakMap<DialectAdapter, CompiledQuery<Row>>();
    return (db, params) => {
      const { adapter } = db.getExecutor();
      let text = texts.get(adapter);
      if (text === undefined) {
        // The builder must believe that it has the value; only this function ever sees that it has not.
        text = build(db, (name) => new StandIn(name) as never).compile();
        texts.set(adapter, text);
      }
      const parameters = text.parameters.map((value) => (value instanceof StandIn ? pick(params, value) : value));
      return db.executeQuery({ ...text, parameters });
    };
  };
}

const pick = (params: object, { name }: StandIn): unknown => Reflect.get(params, name);

export async function firstRow<Row>(result: Promise<QueryResult<Row>>): Promise<Row | undefined> {
  return (await result).rows[0];
}

/** How many rows an update changed. */
export async function changed(result: Promise<QueryResult<unknown>>): Promise<number> {
  return Number((await result).numAffectedRows ?? 0n);
}
