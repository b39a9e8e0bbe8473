import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { chooseDatabase } from './choose-database.ts';
import { databaseFlags } from './database-flags.ts';
import { readFlags } from './flags.ts';

const scratch = mkdtempSync(join(tmpdir(), 'pikoci-database-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
};
const pem = file('ca.pem', '-----BEGIN CERTIFICATE-----\n');
const password = file('password', 'from a file\n');

const choose = (options: Record<string, unknown>) =>
  chooseDatabase(readFlags(databaseFlags, { options, environment: {} }));
const address = { host: 'localhost', port: 5432, user: 'pikoci', database: 'pikoci', connections: 10 };

test.each([
  ['nothing', {}, { system: 'sqlite', path: undefined }],
  ['memory, whatever else is set', { dbSystem: 'mem', dbHost: 'db' }, { system: 'mem' }],
  ['a file', { dbName: '/x/y.db' }, { system: 'sqlite', path: '/x/y.db' }],
  ['a kind alone', { dbSystem: 'postgresql' }, { system: 'postgresql', address }],
  [
    'flags',
    { dbSystem: 'postgresql', dbHost: 'db', dbPort: '6', dbUser: 'u', dbPasswordFile: password, dbName: 'n' },
    {
      system: 'postgresql',
      address: { ...address, host: 'db', port: 6, user: 'u', password: 'from a file', database: 'n' },
    },
  ],
  [
    'an address in one',
    { dbUrl: 'postgres://me%40work:p%2Fw@[::1]:7/my%20ci' },
    {
      system: 'postgresql',
      address: { ...address, host: '::1', port: 7, user: 'me@work', password: 'p/w', database: 'my ci' },
    },
  ],
  [
    'an address, and the password beside it',
    { dbUrl: 'postgresql://u@db', dbPassword: 'x' },
    { system: 'postgresql', address: { ...address, host: 'db', user: 'u', password: 'x' } },
  ],
  ['mariadb by its name', { dbSystem: 'mariadb' }, { system: 'mysql', address: { ...address, port: 3306 } }],
  [
    'mariadb by its address',
    { dbUrl: 'mariadb://db/ci', dbSystem: 'mariadb' },
    { system: 'mysql', address: { ...address, host: 'db', port: 3306, database: 'ci' } },
  ],
  [
    'a socket of mysql',
    { dbUrl: 'mysql:///ci?socket=/run/mysqld/mysqld.sock' },
    { system: 'mysql', address: { ...address, host: '/run/mysqld/mysqld.sock', port: 3306, database: 'ci' } },
  ],
  [
    'the directory of a socket',
    { dbUrl: 'postgresql:///ci?host=/run/postgresql' },
    { system: 'postgresql', address: { ...address, host: '/run/postgresql', database: 'ci' } },
  ],
  ['mongodb', { dbSystem: 'mongodb' }, { system: 'mongodb', address: { ...address, port: 27_017 } }],
  [
    'an address of mongodb',
    { dbUrl: 'mongodb://me:p%2Fw@[::1]:7/ci?retryWrites=true&w=majority' },
    {
      system: 'mongodb',
      address: { ...address, host: '::1', port: 7, user: 'me', password: 'p/w', database: 'ci', authSource: 'ci' },
    },
  ],
  [
    'several servers of mongodb',
    { dbUrl: 'mongodb://a:1,b,[::1]:3/?replicaSet=rs0&authSource=admin' },
    {
      system: 'mongodb',
      address: {
        ...address,
        ...{ host: 'a', port: 1, others: ['b:27017', '[::1]:3'], replicaSet: 'rs0', authSource: 'admin' },
      },
    },
  ],
  [
    'names of DNS',
    { dbUrl: 'mongodb+srv://u@cluster.example/ci' },
    {
      system: 'mongodb',
      address: {
        ...{
          ...address,
          host: 'cluster.example',
          port: 27_017,
          user: 'u',
          database: 'ci',
          srv: true,
          authSource: 'ci',
        },
        tls: { verify: true },
      },
    },
  ],
  [
    'what other programs call it',
    { dbSystem: 'mongodb', mongodbUrl: 'mongodb://db/ci' },
    { system: 'mongodb', address: { ...address, host: 'db', port: 27_017, database: 'ci' } },
  ],
  [
    'a host before that',
    { dbSystem: 'mongodb', mongodbUrl: 'mongodb://db/ci', dbHost: 'other' },
    { system: 'mongodb', address: { ...address, host: 'other', port: 27_017 } },
  ],
  ['what others call it, for another kind', { mongodbUrl: 'mongodb://db' }, { system: 'sqlite', path: undefined }],
])('%s', async (_what, options, chosen) => {
  expect(await choose(options)).toEqual(chosen as never);
});

const verified = { verify: true };
const trusting = { verify: false };
const ca = '-----BEGIN CERTIFICATE-----\n';
test.each([
  [{}, undefined],
  [{ dbTls: true }, verified],
  [{ dbTls: true, dbTlsVerify: false }, trusting],
  [{ dbTlsCa: pem }, { ca, verify: true }],
  [
    { dbTlsCert: pem, dbTlsKey: pem },
    { cert: ca, key: ca, verify: true },
  ],
  [{ dbUrl: 'postgres://db/x?sslmode=disable' }, undefined],
  [{ dbUrl: 'postgres://db/x?sslmode=require' }, trusting],
  [{ dbUrl: `postgres://db/x?sslmode=require&sslrootcert=${pem}` }, { ca, verify: true }],
  [{ dbUrl: 'postgres://db/x?sslmode=require', dbTls: true }, verified],
  [{ dbUrl: 'postgres://db/x?sslmode=verify-full' }, verified],
  [{ dbSystem: 'mongodb', dbUrl: 'mongodb://db/x?tls=true' }, verified],
  [{ dbSystem: 'mongodb', dbUrl: 'mongodb://db/x?tls=true&tlsAllowInvalidCertificates=true' }, trusting],
  [
    { dbSystem: 'mongodb', dbUrl: `mongodb://db/x?tlsCAFile=${pem}` },
    { ca, verify: true },
  ],
  [{ dbSystem: 'mongodb', dbUrl: 'mongodb+srv://db/x?tls=false' }, undefined],
  [{ dbSystem: 'mysql', dbUrl: 'mysql://db/x?ssl-mode=REQUIRED' }, trusting],
  [{ dbSystem: 'mysql', dbUrl: 'mysql://db/x?ssl-mode=VERIFY_IDENTITY' }, verified],
])('TLS of %j', async (options, tls) => {
  expect(await choose({ dbSystem: 'postgresql', ...options })).toHaveProperty('address.tls', tls as never);
});

test.each([
  ['a server, and not of which kind', { dbHost: 'db' }, /--db-host is of a database server/],
  ['an address, and a file', { dbSystem: 'sqlite', dbUrl: 'postgres://db/x' }, /--db-url is of a database server/],
  ['one thing twice', { dbUrl: 'postgres://db/x', dbHost: 'db' }, /--db-url and --db-host say the same/],
  ['two passwords', { dbSystem: 'postgresql', dbPassword: 'x', dbPasswordFile: password }, /say the same in two ways/],
  [
    'no such file',
    { dbSystem: 'postgresql', dbPasswordFile: join(scratch, 'none') },
    /cannot read .*none: there is no/,
  ],
  ['an empty file', { dbSystem: 'postgresql', dbPasswordFile: file('empty', '\n') }, /is empty/],
  ['a file that is no certificate', { dbSystem: 'postgresql', dbTlsCa: password }, /is not in PEM/],
  ['half of a certificate', { dbSystem: 'postgresql', dbTlsCert: pem }, /go together/],
  ['an address of another kind', { dbSystem: 'mysql', dbUrl: 'postgres://db/x' }, /is one of postgresql, and/],
  ['an address of a page', { dbUrl: 'https://u:hidden@db/x' }, /begins with https:/],
  ['a password not written as it must be', { dbUrl: 'postgres://u:hidden#/@db/x' }, /is no address/],
  ['a parameter that does nothing', { dbUrl: 'postgres://u:hidden@db/x?pool=7' }, /has \?pool=/],
  ['mongodb without a host', { dbUrl: 'mongodb://u:hidden@/x' }, /is no address/],
  ['mongodb and a port that is none', { dbUrl: 'mongodb://u:hidden@db:port/x' }, /is no address/],
  ['a parameter of mongodb that does nothing', { dbUrl: 'mongodb://u:hidden@db/x?pool=7' }, /has \?pool=/],
  ['a switch that is none', { dbUrl: 'mongodb://u:hidden@db/x?tls=perhaps' }, /has tls=perhaps/],
  ['encrypted perhaps', { dbUrl: 'postgres://u:hidden@db/x?sslmode=prefer' }, /has sslmode=prefer/],
])('refused: %s', async (_what, options, says) => {
  const error = await choose(options).catch((thrown: unknown) => thrown);
  if (!(error instanceof CodedError)) throw new Error(`expected a CodedError, got ${String(error)}`);
  expect(error.message).toMatch(says);
  expect(`${error.message}${error.hint}`).not.toContain('hidden');
});
