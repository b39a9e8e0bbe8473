import { expect, test } from 'bun:test';
import { cleanEnvironment, withoutRuntimeVariables } from './clean-environment.ts';

const ours = {
  PATH: '/bin',
  HOME: '/home/me',
  LANG: 'C.UTF-8',
  TERM: 'xterm',
  TMPDIR: '/tmp',
  http_proxy: 'a',
  HTTPS_PROXY: 'b',
  no_proxy: 'c',
  ALL_PROXY: 'd',
  AWS_SECRET_ACCESS_KEY: 'x',
  PIKOCI_JWT_SECRET: 'x',
  LD_PRELOAD: 'x',
  BUN_OPTIONS: 'x',
  BUN_BE_BUN: '1',
  LC_ALL: 'de',
  UNSET: undefined,
};
const always = ['ALL_PROXY', 'HOME', 'HTTPS_PROXY', 'LANG', 'PATH', 'TERM', 'TMPDIR', 'http_proxy', 'no_proxy'];

const cases = [
  { what: 'only what is always passed', passEnv: [], names: always },
  {
    what: 'what is named too',
    passEnv: ['LC_ALL', 'AWS_SECRET_ACCESS_KEY'],
    names: [...always, 'AWS_SECRET_ACCESS_KEY', 'LC_ALL'],
  },
  { what: 'nothing of the runtime, even if named', passEnv: ['BUN_OPTIONS', 'BUN_BE_BUN'], names: always },
  { what: 'nothing that is not set', passEnv: ['NOT_SET', 'UNSET'], names: always },
];
test.each(cases)('$what', ({ passEnv, names }) => {
  const env = cleanEnvironment(ours, passEnv);
  expect(Object.keys(env).sort()).toEqual([...names].sort());
  for (const [name, value] of Object.entries(env))
    expect(value).toBe(Object.entries(ours).find(([n]) => n === name)?.[1] ?? '');
});

test('the runtime is taken out of any environment', () => {
  expect(withoutRuntimeVariables({ A: '1', BUN_X: '2', BUNNY: '3', B: undefined })).toEqual({ A: '1', BUNNY: '3' });
});
