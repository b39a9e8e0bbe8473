import { describe, expect, test } from 'bun:test';
import type { Case } from './cases/case.ts';
import { changeCases } from './cases/change-cases.ts';
import { say } from './cases/decision-words.ts';
import { everyCases } from './cases/every-cases.ts';
import { holdCases } from './cases/hold-cases.ts';
import { interruptibleCases } from './cases/interruptible-cases.ts';
import { latestCases } from './cases/latest-cases.ts';
import { passedCases } from './cases/passed-cases.ts';
import { queueCases } from './cases/queue-cases.ts';
import { SmallWorld } from './cases/small-world.ts';
import { decide } from './decide.ts';

const tables: Readonly<Record<string, readonly Case[]>> = {
  latest: latestCases,
  holds: holdCases,
  passed: passedCases,
  every: everyCases,
  interruptible: interruptibleCases,
  queue: queueCases,
  changes: changeCases,
};

for (const [name, cases] of Object.entries(tables)) {
  describe(`decide: ${name}`, () => {
    test.each(cases.map((item) => [item.name, item] as const))('%s', (_name, { world, decides }) => {
      const lines = decide(new SmallWorld(world).snapshot()).map(say);
      expect(lines.join('\n')).toBe(decides);
    });
  });
}
