import { SqliteQueryCompiler } from 'kysely';

/**
 * Kysely's compiler for SQLite, with every value as `likely(?)`, which is that value. SQLite looks into a bare `?` that a column must equal when it plans a
 * query with a join or an order, and has to plan it anew each time another value is bound, which takes many times what running it does. Into this it
 * does not look; the indexes that it uses are the same.
 */
export class PlannedOnceCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return 'likely(?)';
  }
}
