import { exchange, MORE, notYet, READY, sending } from './protocols/exchange.ts';
import { type Address, hostPort, type Login, type ReadyAnswer, type ServiceFacts, userInfo } from './service-facts.ts';

export const nats: ServiceFacts = {
  name: 'nats',
  title: 'NATS',
  image: 'nats',
  tag: '2',
  containerPort: 4222,
  defaults: { user: 'nats' },
  secret: 'password',
  url: (address, login) => `nats://${userInfo(login)}${hostPort(address)}`,
  container: ({ login, args }) => ({
    env: {},
    // Its image has no shell, only the server, which looks for its settings in a file.
    command: ['--config', '/pikoci-nats.conf', ...args],
    files: { '/pikoci-nats.conf': settings(login, '0.0.0.0', 4222) },
  }),
  process: {
    programs: { server: ['nats-server'] },
    packages: 'nats-server',
    versionArgs: ['--version'],
    accounts: ['nats', 'nobody'],
    stopSignals: ['SIGTERM'],
    prepare: async (place) => ({
      program: place.programs.server ?? '',
      args: ['--config', place.write('nats.conf', settings(place.login, '127.0.0.1', place.port)), ...place.args],
    }),
  },
  ready: askNats,
};

function settings({ user = '', password = '' }: Login, host: string, port: number): string {
  const authorization = `authorization { user: ${JSON.stringify(user)}, password: ${JSON.stringify(password)} }\n`;
  return `listen: ${JSON.stringify(`${host}:${port}`)}\n${password === '' ? '' : authorization}`;
}

/** Lines of text: the server begins with `INFO {…}`, we log in and ask `PING`. */
async function askNats(address: Address, { user, password }: Login): Promise<ReadyAnswer> {
  const options = { verbose: false, pedantic: false, ...(password !== undefined && { user, pass: password }) };
  return await exchange(address, undefined, (received) => {
    const text = received.toString('utf8');
    if (!text.includes('\r\n')) return MORE;
    if (text.startsWith('INFO ')) return sending(`CONNECT ${JSON.stringify(options)}\r\nPING\r\n`);
    if (text.startsWith('PONG')) return READY;
    return notYet(text.trim().replace(/^-ERR\s*/, ''));
  });
}
