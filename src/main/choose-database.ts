/** Which database the settings name, put together from `--db-url`, the flags beside it and the files they name. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import type { MongoAddress } from '../store/mongodb/mongo-connection.ts';
import type { DatabaseAddress, DatabaseTls } from '../store/sql/database-server.ts';
import type { databaseFlags } from './database-flags.ts';
import { type DatabaseSystem, type DatabaseUrl, readDatabaseUrl } from './database-url.ts';
import { type FlagValues, flagName } from './flags.ts';

export type DatabaseSettings = FlagValues<typeof databaseFlags>;

export type ChosenDatabase =
  | { readonly system: 'mem' }
  /** Without a path: in the data directory. */
  | { readonly system: 'sqlite'; readonly path: string | undefined }
  | { readonly system: Exclude<DatabaseSystem, 'mongodb'>; readonly address: DatabaseAddress }
  | { readonly system: 'mongodb'; readonly address: MongoAddress };

const USUAL_PORTS: Readonly<Record<DatabaseSystem, number>> = { postgresql: 5432, mysql: 3306, mongodb: 27_017 };

/** Throws `usage.*` for settings that do not fit together, `file.*` for a file that cannot be read. */
export async function chooseDatabase(settings: DatabaseSettings): Promise<ChosenDatabase> {
  const url = urlOf(settings);
  // Two names of one: the same client, the same queries.
  const named = settings.dbSystem === 'mariadb' ? 'mysql' : settings.dbSystem;
  const system = named ?? url?.system ?? 'sqlite';
  switch (system) {
    case 'mem':
      return { system };
    case 'sqlite':
      refuseOfServers(settings);
      return { system, path: settings.dbName === undefined ? undefined : resolve(settings.dbName) };
    default:
      if (url !== undefined && url.system !== system) {
        throw wrong(`--db-url is one of ${url.system}, and --db-system says ${system}`, 'leave one of them out');
      }
      return { system: system as DatabaseSystem, address: await addressOf(system as DatabaseSystem, settings, url) };
  }
}

/** What other programs know MongoDB's address by counts where it is asked for and nothing else says where it is. */
function urlOf({ dbSystem, dbUrl, dbHost, mongodbUrl }: DatabaseSettings): DatabaseUrl | undefined {
  if (dbUrl !== undefined) return readDatabaseUrl(dbUrl);
  return dbSystem !== 'mongodb' || dbHost !== undefined || mongodbUrl === undefined
    ? undefined
    : readDatabaseUrl(mongodbUrl);
}

/** Else everything would go into a file nobody meant. */
function refuseOfServers(settings: DatabaseSettings): void {
  const given = (['dbUrl', 'dbHost', 'dbUser', 'dbTlsCa', 'dbTlsCert'] as const).find(
    (name) => settings[name] !== undefined,
  );
  if (given === undefined) return;
  throw wrong(
    `--${flagName(given)} is of a database server, and sqlite has none`,
    'add --db-system postgresql, mysql or mongodb',
  );
}

async function addressOf(
  system: DatabaseSystem,
  settings: DatabaseSettings,
  url: DatabaseUrl | undefined,
): Promise<MongoAddress> {
  const { dbPort, dbConnections: connections } = settings;
  return {
    host: either('--db-host', settings.dbHost, url?.host) ?? 'localhost',
    port: either('--db-port', dbPort === 0 ? undefined : dbPort, url?.port) ?? USUAL_PORTS[system],
    user: either('--db-user', settings.dbUser, url?.user) ?? 'pikoci',
    password: either('--db-password', await givenPassword(settings), url?.password),
    database: either('--db-name', settings.dbName, url?.name) ?? 'pikoci',
    tls: await tlsOf(settings, url),
    connections,
    ...url?.mongo,
  };
}

function either<T>(flag: string, given: T | undefined, inUrl: T | undefined): T | undefined {
  if (given === undefined || inUrl === undefined) return given ?? inUrl;
  throw wrong(`--db-url and ${flag} say the same in two ways`, 'leave it out of one of them');
}

async function givenPassword({ dbPassword, dbPasswordFile }: DatabaseSettings): Promise<string | undefined> {
  if (dbPasswordFile === undefined) return dbPassword;
  if (dbPassword !== undefined) {
    throw wrong('--db-password and --db-password-file say the same in two ways', 'leave one of them out');
  }
  const password = (await readText(dbPasswordFile)).replace(/\r?\n$/, '');
  if (password === '') throw wrong(`${dbPasswordFile} of --db-password-file is empty`, 'write the password into it');
  return password;
}

async function tlsOf(settings: DatabaseSettings, url: DatabaseUrl | undefined): Promise<DatabaseTls | undefined> {
  const files = {
    ca: either('--db-tls-ca', settings.dbTlsCa, url?.ca),
    cert: either('--db-tls-cert', settings.dbTlsCert, url?.cert),
    key: either('--db-tls-key', settings.dbTlsKey, url?.key),
  };
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw wrong('--db-tls-cert and --db-tls-key go together', 'give both');
  }
  const wanted = settings.dbTls || files.ca !== undefined || files.cert !== undefined;
  if (!wanted && (url?.tls ?? 'off') === 'off') return undefined;
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map(readPem));
  const trusting = url?.tls === 'trusting' && files.ca === undefined && !settings.dbTls;
  return { ca, cert, key, verify: settings.dbTlsVerify && !trusting };
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readText(path);
  if (text.includes('-----BEGIN ')) return text;
  throw wrong(`${path} is not in PEM`, 'it has a line -----BEGIN CERTIFICATE-----, or of a key');
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(resolve(path), 'utf8');
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

const wrong = (message: string, hint: string): CodedError => new CodedError('usage.bad_value', message, { hint });
