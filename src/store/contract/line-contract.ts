import { expect, test } from 'bun:test';
import { type Database, TestClock } from './world.ts';

/** Of a database that several servers may share: two of them hear each other. */
export function lineContract(create: () => Promise<Database>): void {
  test('servers of one database hear what others say, at once and in order', async () => {
    const database = await create();
    const [one, two] = [await database.open(new TestClock()), await database.open(new TestClock())];
    await one.migrate();
    const [near, far] = [one.openLine(), two.openLine()];
    if (near === undefined || far === undefined) throw new Error('there is no line');
    const heard: string[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    far.listen((text) => {
      if (heard.at(-1) !== text) heard.push(text);
      if (text === 'last') resolve();
    });
    // It takes a moment until it listens: who says something again and again is heard.
    while (heard.length === 0) {
      near.say('first');
      await Bun.sleep(20);
    }
    const begun = performance.now();
    near.say('a "second" one, ü');
    near.say('last');
    await all;
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(heard).toEqual(['first', 'a "second" one, ü', 'last']);
    await Promise.all([near.close(), far.close()]);
    await Promise.all([one.close(), two.close()]);
    await database.dispose();
  });
}
