/** MySQL and MariaDB: two servers of one family. */
import { join } from 'node:path';
import { exchange, MORE, notYet, READY } from './protocols/exchange.ts';
import {
  type Address,
  hostPort,
  type Login,
  type ProcessFacts,
  type ProcessPlace,
  type ProcessSpec,
  type ReadyAnswer,
  type ServiceFacts,
  userInfo,
} from './service-facts.ts';

const url = (address: Address, login: Login): string =>
  `mysql://${userInfo(login)}${hostPort(address)}/${encodeURIComponent(login.database ?? '')}`;

/** What their images ask for. `root` is there anyway, and they refuse to make it as the ordinary user. */
function imageEnvironment(prefix: string, { user = 'root', password = '', database = '' }: Login) {
  return {
    [`${prefix}_ROOT_PASSWORD`]: password,
    [`${prefix}_DATABASE`]: database,
    ...(user !== 'root' && { [`${prefix}_USER`]: user, [`${prefix}_PASSWORD`]: password }),
  };
}

const PROCESS: Omit<ProcessFacts, 'programs' | 'packages'> = {
  versionArgs: ['--no-defaults', '--version'],
  accounts: ['mysql', 'nobody'],
  stopSignals: ['SIGTERM'],
  prepare: (place) => prepare(place),
};

export const mariadb: ServiceFacts = {
  name: 'mariadb',
  title: 'MariaDB',
  image: 'mariadb',
  tag: '11',
  containerPort: 3306,
  defaults: { user: 'root', database: 'test' },
  secret: 'password',
  url,
  container: ({ login, args }) => ({ env: imageEnvironment('MARIADB', login), command: args }),
  process: {
    ...PROCESS,
    programs: { server: ['mariadbd'], install: ['mariadb-install-db', 'mysql_install_db'] },
    packages: 'mariadb-server',
  },
  ready: askMysql,
};

export const mysql: ServiceFacts = {
  name: 'mysql',
  title: 'MySQL',
  image: 'mysql',
  tag: '8.4',
  containerPort: 3306,
  defaults: { user: 'root', database: 'test' },
  secret: 'password',
  url,
  container: ({ login, args }) => ({ env: imageEnvironment('MYSQL', login), command: args }),
  process: {
    ...PROCESS,
    // MariaDB takes its place under the same name, where that is installed.
    programs: { server: ['mysqld', 'mariadbd'] },
    packages: 'mysql-server or mariadb-server',
    async prepare(place) {
      if (isMariadb(place)) place.io.stderr('MySQL is not installed on this worker: MariaDB takes its place\n');
      return prepare(place);
    },
  },
  ready: askMysql,
};

const isMariadb = (place: ProcessPlace): boolean => /mariadb/i.test(place.version);

async function prepare(place: ProcessPlace): Promise<ProcessSpec> {
  const { directory, programs, login } = place;
  const server = programs.server ?? '';
  const data = join(directory, 'data');
  if (isMariadb(place)) {
    const install = programs.install ?? join(server, '../../bin/mariadb-install-db');
    await place.run(install, [
      ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'],
      ...['--skip-test-db', '--skip-name-resolve'],
    ]);
  } else {
    await place.run(server, ['--no-defaults', '--initialize-insecure', `--datadir=${data}`]);
  }
  const init = place.write('init.sql', initialSql(login));
  return {
    program: server,
    args: [
      ...['--no-defaults', `--datadir=${data}`, `--init-file=${init}`, '--bind-address=127.0.0.1'],
      ...[`--port=${place.port}`, `--socket=${join(directory, 'socket')}`, `--pid-file=${join(directory, 'pid')}`],
      // Names of hosts are not looked up: an account is that of an address.
      ...['--skip-name-resolve', '--innodb-flush-log-at-trx-commit=0'],
      ...place.args,
    ],
  };
}

/** One statement a line, run before anybody can connect. */
function initialSql({ user = 'root', password = '', database = '' }: Login): string {
  const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const name = `\`${database.replaceAll('`', '``')}\``;
  const account = `${text(user)}@'%'`;
  const root = user === 'root';
  return [
    ...(database === '' ? [] : [`CREATE DATABASE IF NOT EXISTS ${name};`]),
    // They would go before ours, without a password.
    ...["'root'@'127.0.0.1'", "'root'@'::1'", "''@'localhost'"].map((other) => `DROP USER IF EXISTS ${other};`),
    `ALTER USER 'root'@'localhost' IDENTIFIED BY ${text(password)};`,
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY ${text(password)};`,
    root
      ? `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION;`
      : `GRANT ALL PRIVILEGES ON ${database === '' ? '*.*' : `${name}.*`} TO ${account};`,
    '',
  ].join('\n');
}

/** The server speaks first: a packet with the version of its protocol, 10; 255 is an error. */
async function askMysql(address: Address): Promise<ReadyAnswer> {
  return await exchange(address, undefined, (received) => {
    if (received.length < 5) return MORE;
    if (received[4] === 10) return READY;
    const length = received.readUIntLE(0, 3);
    if (received.length < length + 4) return MORE;
    return notYet(received[4] === 0xff ? received.toString('utf8', 7, length + 4) : `protocol ${received[4]}`);
  });
}
