import { expect, test } from 'bun:test';
import type { Json } from '../../lib/json.ts';
import { createGivenFetcher } from './given-secrets.ts';
import { createMasks } from './masks.ts';
import type { SecretBinding, ValueReader } from './value-reader.ts';

const known = (value: Json) => ({ kind: 'known' as const, value });
const reader: ValueReader = {
  read: async () => expect.unreachable('only all of them are read'),
  readAll: async (values) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        { value: value.kind === 'known' ? value.value : null, sensitive: false },
      ]),
    ),
};
const binding = (params: Record<string, string>): SecretBinding => ({
  ...{ kind: 'secret', type: 'vault', at: { file: 'p.hcl', line: 1, column: 1 } },
  params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, known(value)])),
});

const VALUES: Record<string, Json> = {
  password: 'by-its-name',
  'api.token': 'of-a-module',
  'secret/db': { user: 'app-user', password: 'by-its-path' },
  'secret/one': { value: 'the-only-value' },
  'secret/plain': 'plain-text',
  'secret/nested': { login: { user: 'app-user', password: 'by-its-path' } },
};

test.each<[name: string, params: Record<string, string>, value: Json]>([
  ['password', { path: 'secret/db', key: 'password' }, 'by-its-name'],
  ['api:token', { path: 'secret/none' }, 'of-a-module'],
  ['other', { path: 'secret/db', key: 'password' }, 'by-its-path'],
  ['other', { path: 'secret/db' }, { user: 'app-user', password: 'by-its-path' }],
  ['other', { path: 'secret/one' }, 'the-only-value'],
  ['other', { path: 'secret/nested', key: 'login.password' }, 'by-its-path'],
  ['other', { path: 'secret/plain', key: 'any' }, 'plain-text'],
])('%s with %p', async (name, params, value) => {
  const masks = createMasks();
  const fetcher = createGivenFetcher({ from: 's.json', values: VALUES }, masks);
  expect(await fetcher.fetch(name, binding(params), reader)).toEqual(value);
  for (const text of typeof value === 'string' ? [value] : ['app-user', 'by-its-path'])
    expect(masks.finds(text)).toBe(true);
});

test.each<[name: string, params: Record<string, string>, message: string, hint: string]>([
  [
    'x',
    { path: 'secret/x' },
    's.json has no value for the variable x, nor for the path secret/x',
    'as "x" or as "secret/x"',
  ],
  ['api:x', {}, 's.json has no value for the variable api.x', 'as "api.x"'],
  [
    'x',
    { path: 'secret/db', key: 'nope' },
    'the variable x: s.json has no key "nope" at the path secret/db',
    'password, user',
  ],
])('%s with %p is not there, and no store is asked', async (name, params, message, hint) => {
  const fetcher = createGivenFetcher({ from: 's.json', values: VALUES }, createMasks());
  await expect(fetcher.fetch(name, binding(params), reader)).rejects.toMatchObject({
    message,
    hint: expect.stringContaining(hint),
  });
});
