/** Writes settings one after the other and says each on its output once it is acknowledged. Until it is killed. */
import { createSqliteStore } from './sqlite-store.ts';

const store = createSqliteStore({ path: process.argv[2] ?? '' });
await store.migrate();
for (let number = 0; ; number++) {
  await store.ensureSetting(`n${number}`, 'x'.repeat(5_000));
  process.stdout.write(`${number}\n`);
}
