import { expect } from 'bun:test';
import { postgresAvailability, startPostgres } from './postgres-local.ts';
import { testWith } from './required.ts';

testWith({ postgres: postgresAvailability() })(
  'a server of our own answers',
  async () => {
    await using postgres = await startPostgres();
    expect(await postgres.query('select 6 * 7')).toBe('42');
  },
  60_000,
);
