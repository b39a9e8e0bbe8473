import { expect, test } from 'bun:test';
import { type PaletteEntry, rankEntries } from './rank-entries.ts';

const entry = (title: string, about = '', kind: PaletteEntry['kind'] = 'page'): PaletteEntry => ({
  id: title,
  kind,
  title,
  about,
});
const entries = [
  entry('Workers'),
  entry('shop / deploy', 'main', 'job'),
  entry('shop', 'main', 'pipeline'),
  entry('workshop', 'main', 'pipeline'),
  entry('Trigger shop / deploy', 'main', 'action'),
];
const found = (query: string, recent: readonly string[] = []) =>
  rankEntries(entries, query, recent).map(({ title }) => title);

test('what is the word, begins with it, has it, has its letters', () => {
  expect(found('shop')).toEqual(['shop', 'shop / deploy', 'Trigger shop / deploy', 'workshop']);
  expect(found('wks')).toEqual(['Workers', 'workshop']);
});

test('every word has to fit, in the title or beside it', () => {
  expect(found('shop dep')).toEqual(['shop / deploy', 'Trigger shop / deploy']);
  expect(found('shop/deploy')[0]).toBe('shop / deploy');
  expect(found('trigger deploy')).toEqual(['Trigger shop / deploy']);
  expect(found('main work')).toEqual(['workshop']);
  expect(found('nothing at all')).toEqual([]);
});

test('without a query: what was chosen lately, then all in their order', () => {
  expect(found('', ['workshop', 'shop'])).toEqual([
    'workshop',
    'shop',
    'Workers',
    'shop / deploy',
    'Trigger shop / deploy',
  ]);
});

test('of two that fit alike, the one chosen lately', () => {
  const two = [entry('alpha one'), entry('alpha two')];
  expect(rankEntries(two, 'alpha', ['alpha two']).map(({ title }) => title)).toEqual(['alpha two', 'alpha one']);
});
