import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exchange, notYet, READY } from './protocols/exchange.ts';
import { type Address, hostPort, type Login, type ReadyAnswer, type ServiceFacts, userInfo } from './service-facts.ts';

/** Debian has each version in a directory of its own here, outside of the PATH. */
const INSTALLED_UNDER = '/usr/lib/postgresql';

export const postgresql: ServiceFacts = {
  name: 'postgresql',
  title: 'PostgreSQL',
  image: 'postgres',
  tag: '17',
  containerPort: 5432,
  defaults: { user: 'postgres', database: 'postgres' },
  secret: 'password',
  url: (address, login) =>
    `postgresql://${userInfo(login)}${hostPort(address)}/${encodeURIComponent(login.database ?? '')}`,
  container: ({ login, args }) => ({
    env: {
      POSTGRES_USER: login.user ?? '',
      POSTGRES_PASSWORD: login.password ?? '',
      POSTGRES_DB: login.database ?? '',
    },
    command: args,
  }),
  process: {
    programs: { postgres: ['postgres'], initdb: ['initdb'] },
    directories: (version) => debianDirectories(version),
    packages: 'postgresql',
    versionArgs: ['--version'],
    // It refuses to be root.
    accounts: ['postgres', 'nobody'],
    // Fast shutdown, then immediate.
    stopSignals: ['SIGINT', 'SIGQUIT'],
    async prepare(place) {
      const { directory, login, programs } = place;
      const [initdb = '', postgres = ''] = [programs.initdb, programs.postgres];
      const data = join(directory, 'data');
      const passwordFile = place.write('password', `${login.password ?? ''}\n`);
      await place.run(initdb, [
        ...['--pgdata', data, '--username', login.user ?? '', '--pwfile', passwordFile],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale', '--no-sync'],
      ]);
      rmSync(passwordFile);
      if (login.database !== undefined && login.database !== 'postgres') {
        const create = `CREATE DATABASE "${login.database.replaceAll('"', '""')}"\n`;
        await place.run(postgres, ['--single', '-D', data, '-c', 'exit_on_error=true', 'postgres'], create);
      }
      const settings = {
        listen_addresses: '127.0.0.1',
        port: String(place.port),
        unix_socket_directories: '',
        // Nobody needs this data after a crash of the machine.
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
      };
      const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      return { program: postgres, args: ['-D', data, ...flags, ...place.args] };
    },
  },
  ready: askPostgresql,
};

function debianDirectories(version: string | undefined): string[] {
  if (!existsSync(INSTALLED_UNDER)) return [];
  const wanted = version?.split(/[.-]/)[0];
  const newestFirst = readdirSync(INSTALLED_UNDER).sort((a, b) => Number(b) - Number(a));
  return newestFirst
    .sort((a, b) => Number(b === wanted) - Number(a === wanted))
    .map((name) => join(INSTALLED_UNDER, name, 'bin'));
}

/** Protocol 3.0: a start-up message; `R` asks for a password, which is when connections are taken. `E` is an error: it is still starting. */
async function askPostgresql(address: Address, { user, database }: Login): Promise<ReadyAnswer> {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`, 'utf8');
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return await exchange(address, Buffer.concat([head, body]), (received) => {
    const kind = String.fromCharCode(received[0] ?? 0);
    if (kind === 'R') return READY;
    // Fields of an error: a letter, a text, a zero. `M` is the message.
    const message = /\0M([^\0]*)\0/.exec(received.toString('utf8'))?.[1];
    return notYet(kind === 'E' ? (message ?? 'the server is starting up') : `the answer begins with ${kind}`);
  });
}
