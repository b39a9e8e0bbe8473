import { expect, test } from 'bun:test';
import { renderTable } from './table.ts';

test('one row a figure, with its spread, its peer and whether the goal is met', () => {
  const table = renderTable([
    {
      name: 'version',
      unit: 'ms',
      samples: [10, 20, 30],
      peer: { name: 'node -e 0', samples: [40] },
      goal: { kind: 'ratio', most: 1.3 },
    },
    { name: 'parse', unit: 'lines/s', samples: [12_345.6], goal: { kind: 'least', value: 20_000 } },
    { name: 'idle', unit: 'MB', samples: [0.5] },
  ]);
  expect(table.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    '| figure | pikoci | middle half | held against | its value | ratio | goal | met |',
    expect.stringMatching(/^\|(-+\|){8}$/),
    '| version | 20.0 ms | 15.0 - 25.0 | node -e 0 | 40.0 ms | 0.50 x | <= 1.3 x | yes |',
    '| parse | 12,346 lines/s | | | | | >= 20,000 lines/s | NO |',
    '| idle | 0.50 MB | | | | | | |',
  ]);
});
