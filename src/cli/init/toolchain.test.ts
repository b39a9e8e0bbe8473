import { expect, test } from 'bun:test';
import { repositories } from './repositories.fixture.ts';
import { findToolchain } from './toolchain.ts';

const seen = (files: Readonly<Record<string, string>>) =>
  findToolchain({ names: new Set(Object.keys(files)), read: async (name) => files[name] });

test.each(repositories)('%s', async (title, files, commands) => {
  const found = await seen(files);
  expect(found?.title).toBe(title);
  expect(found?.commands.map(({ cmd }) => cmd)).toEqual([...commands]);
});

test('a repository that says nothing', async () => {
  expect(await seen({ 'README.md': '' })).toBeUndefined();
});
