import { describe, expect, test } from 'bun:test';
import { type Open, some } from './world.ts';

export function attemptsContract(open: Open): void {
  describe('attempts', () => {
    test('from the grant to the end', async () => {
      const world = await open();
      const app = await world.simple();
      const build = await world.trigger(app);
      const granted = some(await world.grantBuild());
      expect(granted.build).toMatchObject({ id: build.id, status: 'running', attempts: 1 });
      expect(granted.attempt).toMatchObject({ number: 1, status: 'granted' });
      await world.append(granted, 1, world.started(), world.stepStarted('2'), world.log('2', 'a\nb'));
      const result = await world.append(
        granted,
        4,
        world.log('2', 'c\n'),
        world.stepEnded('2'),
        world.ended('succeeded'),
      );
      expect(result.build).toMatchObject({ status: 'succeeded', endedAt: world.clock.now() });
      expect(result.chunks).toMatchObject([{ step: '2', offset: 3, firstLine: 1, seq: 4 }]);
      const log = await world.store.readLog(granted.attempt.id, '2', 0, 100);
      expect({ ...log, bytes: new TextDecoder().decode(log.bytes) }).toEqual({ bytes: 'a\nbc\n', total: 5, lines: 2 });
    });
  });
}
