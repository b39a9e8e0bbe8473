/**
 * What every store must do, whatever is behind it. An adapter's test file calls this with a way to make an empty database.
 */
import { afterEach, describe } from 'bun:test';
import { attemptsContract } from './attempts-contract.ts';
import { buildsContract } from './builds-contract.ts';
import { type Database, type Open, TestClock, World } from './world.ts';

export function describeStore(name: string, create: () => Promise<Database>): void {
  describe(name, () => {
    const opened: { readonly world: World; readonly database: Database }[] = [];

    const open: Open = async () => {
      const database = await create();
      const clock = new TestClock();
      const store = await database.open(clock);
      const world = new World(store, clock);
      opened.push({ world, database });
      await store.migrate();
      return world;
    };

    afterEach(async () => {
      for (const { world, database } of opened.splice(0)) {
        await world.store.close();
        await database.dispose();
      }
    });

    buildsContract(open);
    attemptsContract(open);
  });
}
