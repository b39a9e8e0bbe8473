import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectIo } from '../collect-io.ts';
import { readServer, withPassword } from './read-server.ts';
import { stopService } from './service-commands.ts';
import { SERVICE_NAMES } from './service-facts.ts';
import { SERVICES } from './service-table.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-services-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.each([
  [{ param_port: 'x' }, '"port" is a number from 0 to 65535; 0 takes a free one; not "x".'],
  [{ param_port: '65536' }, '"port"'],
  [{ param_port: '-1' }, '"port"'],
  [{ param_version: '--privileged' }, '"version" is a tag of the image, such as "7"; not "--privileged".'],
  [{ param_version: '7 8' }, '"version"'],
  [{ param_image: '--privileged' }, '"image"'],
  [{ param_args: 'appendonly' }, '"args" is a list of texts: ["--flag", "value"]; not "appendonly".'],
  [{ param_args: '[["a"]]' }, '"args"'],
  [{ param_mode: 'vm' }, '"mode" is "auto", "container", "process"; not "vm".'],
  [{ param_password: 'a\nb' }, '"password" of the service has a line break in it.'],
])('bad parameters: %j', (env, message) => {
  expect(() => readServer(SERVICES.redis, env)).toThrow(message);
});

test.each([
  [{}, 'postgres:17'],
  [{ param_version: '15-alpine' }, 'postgres:15-alpine'],
  [{ param_image: 'registry.local:5000/postgres', param_version: '15' }, 'registry.local:5000/postgres:15'],
  [{ param_image: 'registry.local:5000/postgres:16', param_version: '15' }, 'registry.local:5000/postgres:16'],
  [{ param_image: 'postgres@sha256:abc' }, 'postgres@sha256:abc'],
])('the image of %j is %s', (env, image) => expect(readServer(SERVICES.postgresql, env).image).toBe(image));

test('two builds, and two services of a build, have nothing in common', () => {
  const builds = ['/work/a', '/work/b'].flatMap((WORKDIR) =>
    ['redis', 'second'].map((SERVICE_NAME) => readServer(SERVICES.redis, { WORKDIR, SERVICE_NAME })),
  );
  expect(new Set(builds.map(({ container }) => container)).size).toBe(4);
  expect(new Set(builds.map(({ directory }) => directory)).size).toBe(4);
});

test('a password that is not given is made up, masked, and what start told is known afterwards', () => {
  const PIKOCI_MASK = join(root, 'mask');
  const server = withPassword(readServer(SERVICES.redis, {}), { PIKOCI_MASK });
  expect(server.login.password).toMatch(/^\w{32}$/);
  expect(readFileSync(PIKOCI_MASK, 'utf8')).toBe(`${server.login.password}\n`);
  expect(withPassword(readServer(SERVICES.redis, {}), {}).login.password).not.toBe(server.login.password);
  const given = withPassword(readServer(SERVICES.redis, { param_password: 'mine' }), {});
  expect(given.login.password).toBe('mine');
  expect(readServer(SERVICES.redis, { service_password: 'made' }).login.password).toBe('made');
  expect(withPassword(readServer(SERVICES.kafka, {}), {}).login.password).toBeUndefined();
  expect(readServer(SERVICES.vault, { param_token: 'root' }).login.password).toBe('root');
});

test('addresses keep what has a meaning in them', () => {
  const address = { host: '127.0.0.1', port: 1234 };
  const login = { user: 'a b', password: 'p@/:?', database: 'my/db' };
  const urls = SERVICE_NAMES.map((name) => SERVICES[name].url(address, login));
  for (const url of urls) expect(new URL(url).host).toBe('127.0.0.1:1234');
  expect(urls[0]).toBe('postgresql://a%20b:p%40%2F%3A%3F@127.0.0.1:1234/my%2Fdb');
});

test('no value that is secret is on a command line', () => {
  const login = { user: 'u', password: 'hunter2hunter2', database: 'd' };
  const [outside, inside] = [
    { host: '127.0.0.1', port: 1 },
    { host: 'x', port: 2 },
  ];
  for (const name of SERVICE_NAMES) {
    const { command } = SERVICES[name].container({ login, args: ['--more'], outside, inside });
    expect([name, JSON.stringify(command)]).toEqual([name, expect.not.stringContaining('hunter2')]);
    expect([name, command.at(-1)]).toEqual([name, '--more']);
  }
});

test.each(SERVICE_NAMES)('stop of %s minds no parameter: what was never started is no error', async (name) => {
  const { io, stderr } = collectIo();
  const env = { WORKDIR: '/nowhere', param_port: 'http', param_version: '$', param_args: '{', param_mode: 'process' };
  expect(await stopService(name, env, io)).toBe(0);
  expect(stderr()).toEndWith('was not running\n');
});
