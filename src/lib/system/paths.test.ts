import { expect, test } from 'bun:test';
import { defaultCacheDir, defaultDataDir } from './paths.ts';

const cases = [
  { env: { HOME: '/home/me' }, dir: '/home/me/.local/state/pikoci' },
  { env: { HOME: '/home/me', XDG_STATE_HOME: '/state' }, dir: '/state/pikoci' },
  { env: { XDG_STATE_HOME: '/state' }, dir: '/state/pikoci' },
  { env: { HOME: '/home/me', XDG_STATE_HOME: 'relative' }, dir: '/home/me/.local/state/pikoci' },
  { env: { HOME: '/home/me', XDG_STATE_HOME: '' }, dir: '/home/me/.local/state/pikoci' },
  { env: { HOME: '' }, dir: '/work/.pikoci' },
  { env: {}, dir: '/work/.pikoci' },
];
test.each(cases)('$env', ({ env, dir }) => {
  expect(defaultDataDir(env, '/work')).toBe(dir);
});

const caches = [
  { env: { HOME: '/home/me' }, dir: '/home/me/.cache/pikoci' },
  { env: { HOME: '/home/me', XDG_CACHE_HOME: '/cache' }, dir: '/cache/pikoci' },
  { env: { HOME: '/home/me', XDG_CACHE_HOME: 'relative' }, dir: '/home/me/.cache/pikoci' },
  { env: { XDG_STATE_HOME: '/state' }, dir: '/state/pikoci/cache' },
  { env: {}, dir: '/work/.pikoci/cache' },
];
test.each(caches)('cache: $env', ({ env, dir }) => {
  expect(defaultCacheDir(env, '/work')).toBe(dir);
});
