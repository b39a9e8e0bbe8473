import { expect, test } from 'bun:test';
import { defaultDataDir } from './paths.ts';

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
