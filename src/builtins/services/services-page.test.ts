/** docs/services.md against the code. */
import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { builtins } from '../catalogue.ts';
import { SERVICE_NAMES } from './service-facts.ts';
import { SERVICES } from './service-table.ts';

const page = readFileSync(resolve(import.meta.dir, '../../../docs/services.md'), 'utf8');

test.each([...SERVICE_NAMES])('%s: image, user, database and address are what the code has', (name) => {
  const { image, tag, defaults, url } = SERVICES[name];
  const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``) && line.includes('://'));
  const cells = row?.split('|').map((cell) => cell.trim());
  const login = { user: 'user', password: 'password', database: defaults.database === '/' ? '/' : 'database' };
  const address = url({ host: 'host', port: 1 }, { ...login, user: defaults.user === 'default' ? 'default' : 'user' });
  expect(cells?.slice(2)).toEqual([
    `\`${image}:${tag}\``,
    expect.stringContaining(defaults.user === undefined ? '' : `\`${defaults.user}\``),
    expect.stringContaining(defaults.database === undefined ? '' : `\`${defaults.database}\``),
    `\`${address.replace('host:1', 'host:port')}\``,
    '',
  ]);
});

test('the parameters of each type are those that the code reads, with what it takes when one is not given', () => {
  for (const name of SERVICE_NAMES) {
    const { secret, defaults, image, tag } = SERVICES[name];
    const text = builtins.find('service_type', name)?.text ?? '';
    const [, list = ''] = /params = \[(.*?)\]/s.exec(text.replace(/#.*/g, '')) ?? [];
    const login = [
      ...(defaults.user === undefined || name === 'redis' ? [] : ['user']),
      ...(secret === undefined ? [] : [secret]),
      ...(defaults.database === undefined ? [] : ['database']),
    ];
    expect([name, list.match(/\w+/g)]).toEqual([name, ['version', 'port', ...login, 'image', 'args', 'mode']]);
    for (const value of [defaults.database, login.includes('user') ? defaults.user : undefined, image, tag]) {
      if (value !== undefined) expect([name, text]).toEqual([name, expect.stringContaining(`\`${value}\``)]);
    }
  }
});

test('every address of a page that is linked is there', () => {
  const links = [...page.matchAll(/\]\(([\w./-]+)\)/g)].map(([, link = '']) => link);
  for (const link of links)
    expect([link, existsSync(join(import.meta.dir, '../../../docs', link))]).toEqual([link, true]);
});

test("the type of one's own is the one of the example, which runs", () => {
  const example = readFileSync(resolve(import.meta.dir, '../../../examples/services-own-type/pipeline.hcl'), 'utf8');
  const [, shown = ''] = /```hcl\n(service_type [^`]*`?[\s\S]*?)\n```/.exec(page) ?? [];
  expect(shown).toStartWith('service_type "website" {');
  expect(example).toContain(shown);
});
