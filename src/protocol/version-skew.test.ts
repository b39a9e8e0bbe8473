import { expect, test } from 'bun:test';
import { versionSkew } from './version-skew.ts';

const of = (version: string, protocol = 1) => ({ version, protocol });

test.each([
  ['1.4.0', '1.4.9'],
  ['1.4.0', '1.3.0'],
  ['1.4.0', '1.5.2'],
  ['1.4.0-rc.1', '1.5.0'],
  ['0.1.0', 'from source'],
])('a server %s takes a worker %s', (server, worker) => {
  expect(versionSkew(of(server), of(worker))).toBeUndefined();
});

test.each([
  ['1.4.0', '1.2.9', 'the worker'],
  ['1.4.0', '1.6.0', 'the server'],
  ['2.0.0', '1.9.0', 'the worker'],
  ['1.9.0', '2.0.0', 'the server'],
])('a server %s does not take a worker %s, and says to upgrade %s', (server, worker, which) => {
  const skew = versionSkew(of(server), of(worker));
  expect(skew?.message).toEndWith(`: upgrade ${which}`);
  expect(skew?.message).toContain(server);
  expect(skew?.message).toContain(worker);
});

test('a protocol that is too far apart is refused whatever the programs are called', () => {
  expect(versionSkew(of('dev', 3), of('dev', 1))?.message).toEndWith('upgrade the worker');
  expect(versionSkew(of('dev', 1), of('dev', 3))?.message).toEndWith('upgrade the server');
  expect(versionSkew(of('dev', 2), of('dev', 1))).toBeUndefined();
});
