import { expect } from 'bun:test';
import { mariadbAvailability, startMariadb } from './mariadb-local.ts';
import { testWith } from './required.ts';

testWith({ mariadb: mariadbAvailability() })(
  'a server of our own answers',
  async () => {
    await using mariadb = await startMariadb();
    expect(await mariadb.query('select 6 * 7')).toBe('42');
  },
  60_000,
);
