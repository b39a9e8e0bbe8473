import { expect, test } from 'bun:test';
import { LogModel } from './log-model.ts';
import { LogRows } from './log-rows.ts';

const places = (rows: LogRows): string[] =>
  Array.from({ length: rows.total }, (_, row) => `${rows.at(row).line}.${rows.at(row).part}`);

test('a row for each line', () => {
  const log = new LogModel();
  log.append('a\nbcdefghij\n', 0);
  const rows = new LogRows(log, undefined);
  expect(places(rows)).toEqual(['0.0', '1.0']);
  log.append('c', 0);
  rows.update();
  expect([rows.total, rows.firstRowOf(2)]).toEqual([3, 2]);
});

test('more for a line that is wrapped, also for one that is still being written', () => {
  const log = new LogModel();
  log.append('a\nbcdefghij\n\nk', 0);
  const rows = new LogRows(log, 4);
  expect(places(rows)).toEqual(['0.0', '1.0', '1.1', '1.2', '2.0', '3.0']);
  log.append('lmnop\nq', 0);
  rows.update();
  expect(places(rows).slice(5)).toEqual(['3.0', '3.1', '4.0']);
  expect([0, 1, 2, 3, 4].map((line) => rows.firstRowOf(line))).toEqual([0, 1, 4, 5, 7]);
  rows.update();
  expect(rows.total).toBe(8);
});
