import { exchange, MORE, notYet, READY, sending } from './protocols/exchange.ts';
import { type Address, hostPort, type Login, type ReadyAnswer, type ServiceFacts, userInfo } from './service-facts.ts';

export const redis: ServiceFacts = {
  name: 'redis',
  title: 'Redis',
  image: 'redis',
  tag: '7',
  containerPort: 6379,
  // The name of whoever logs in with the password alone; clients that take it from an address want one.
  defaults: { user: 'default' },
  secret: 'password',
  url: (address, login) => `redis://${userInfo(login)}${hostPort(address)}`,
  container: ({ login, args }) => ({
    env: {},
    // Its settings are its standard input, so that the password is on no command line.
    entrypoint: '/bin/sh',
    command: ['-c', 'exec redis-server - "$@" < /pikoci-redis.conf', 'sh', ...args],
    files: { '/pikoci-redis.conf': settings(login, {}) },
  }),
  process: {
    programs: { server: ['redis-server', 'valkey-server'] },
    packages: 'redis-server',
    versionArgs: ['--version'],
    accounts: ['redis', 'nobody'],
    stopSignals: ['SIGTERM'],
    prepare: async (place) => ({
      program: place.programs.server ?? '',
      args: [
        place.write('redis.conf', settings(place.login, { bind: '127.0.0.1', port: place.port, dir: place.directory })),
        ...place.args,
      ],
    }),
  },
  ready: askRedis,
};

function settings({ password = '' }: Login, more: Readonly<Record<string, string | number>>): string {
  const quoted = `"${password.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  // What is in it is gone with the build: nothing is written to the disk.
  return Object.entries({ ...more, save: '""', appendonly: 'no', ...(password !== '' && { requirepass: quoted }) })
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

/** RESP: a command is a list of texts with their lengths; `+` is a good answer, `-` an error. */
async function askRedis(address: Address, { password }: Login): Promise<ReadyAnswer> {
  const command = (...words: readonly string[]): string =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  const ping = command('PING');
  return await exchange(address, password === undefined ? ping : command('AUTH', password), (received) => {
    const line = /^(.*?)\r\n/s.exec(received.toString('utf8'))?.[1];
    if (line === undefined) return MORE;
    if (line === '+PONG') return READY;
    return line === '+OK' ? sending(ping) : notYet(line.slice(1));
  });
}
