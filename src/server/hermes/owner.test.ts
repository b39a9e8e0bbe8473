import { expect, test } from 'bun:test';
import { ownerOf } from './hermes.ts';

test('a pipeline belongs to the repository whose name fits best', () => {
  const all = ['app', 'app--b', 'lib'].map((pipeline) => ({ pipeline }));
  const owner = (name: string) => ownerOf(name, all)?.pipeline;
  expect([owner('app'), owner('app--main'), owner('app--b'), owner('app--b--main')]).toEqual([
    'app',
    'app',
    'app--b',
    'app--b',
  ]);
  expect(owner('apps')).toBeUndefined();
});
