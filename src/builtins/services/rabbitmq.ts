import { join } from 'node:path';
import { exchange, MORE, notYet, READY, sending } from './protocols/exchange.ts';
import { type Address, hostPort, type Login, type ReadyAnswer, type ServiceFacts, userInfo } from './service-facts.ts';

export const rabbitmq: ServiceFacts = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  image: 'rabbitmq',
  tag: '4',
  containerPort: 5672,
  defaults: { user: 'guest', database: '/' },
  secret: 'password',
  url: (address, login) => `amqp://${userInfo(login)}${hostPort(address)}/${encodeURIComponent(login.database ?? '/')}`,
  container: ({ login, args }) => ({
    env: account(login),
    command: ['rabbitmq-server', ...args],
  }),
  process: {
    programs: { server: ['rabbitmq-server'] },
    // The one in Debian's PATH changes the account and the directory, and hides the log in a file: not that one.
    directories: () => ['/usr/lib/rabbitmq/bin'],
    packages: 'rabbitmq-server',
    versionArgs: [],
    accounts: ['rabbitmq', 'nobody'],
    stopSignals: ['SIGTERM'],
    async prepare(place) {
      const { directory } = place;
      return {
        program: place.programs.server ?? '',
        args: place.args,
        env: {
          ...account(place.login),
          // The script is replaced by the server, so that what it ends with is the server's own.
          RUNNING_UNDER_SYSTEMD: 'true',
          RABBITMQ_CONF_ENV_FILE: place.write('env.conf', ''),
          RABBITMQ_CONFIG_FILE: place.write('rabbitmq.conf', ''),
          RABBITMQ_ENABLED_PLUGINS_FILE: place.write('enabled_plugins', '[].\n'),
          RABBITMQ_NODENAME: `pikoci${place.port}@localhost`,
          RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
          RABBITMQ_NODE_PORT: String(place.port),
          RABBITMQ_DIST_PORT: String(await place.freePort()),
          RABBITMQ_MNESIA_BASE: join(directory, 'data'),
          RABBITMQ_LOG_BASE: directory,
          RABBITMQ_LOGS: '-',
          // Names of nodes are looked up at a daemon of this service alone, which goes with it.
          ERL_EPMD_PORT: String(await place.freePort()),
          ERL_EPMD_ADDRESS: '127.0.0.1',
        },
      };
    },
  },
  ready: askRabbitmq,
};

const account = ({ user = '', password = '', database = '/' }: Login): Record<string, string> => ({
  RABBITMQ_DEFAULT_USER: user,
  RABBITMQ_DEFAULT_PASS: password,
  RABBITMQ_DEFAULT_VHOST: database,
});

const METHOD_FRAME = 1;
const CONNECTION = 10;
const [START, START_OK, TUNE, CLOSE] = [10, 11, 30, 50];

/** AMQP 0-9-1: the header of the protocol, `start`, our `start-ok` with a password; `tune` means that it was right. */
async function askRabbitmq(address: Address, { user = '', password = '' }: Login): Promise<ReadyAnswer> {
  return await exchange(address, Buffer.from('AMQP\0\0\x09\x01', 'latin1'), (received) => {
    if (received.toString('latin1', 0, 4) === 'AMQP') return notYet('it speaks another version of AMQP');
    if (received.length < 11) return MORE;
    if (received[0] !== METHOD_FRAME || received.readUInt16BE(7) !== CONNECTION)
      return notYet('the answer is not AMQP');
    switch (received.readUInt16BE(9)) {
      case START:
        // All of it must have come, or its rest would be taken for the next answer.
        return received.length < received.readUInt32BE(3) + 8 ? MORE : sending(startOk(user, password));
      case TUNE:
        return READY;
      case CLOSE:
        return notYet(received.toString('utf8', 14, 14 + (received[13] ?? 0)));
      default:
        return notYet('the answer is not the one expected');
    }
  });
}

function startOk(user: string, password: string): Uint8Array {
  const short = (text: string): Buffer => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
  const long = (bytes: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  // Told by name that a login failed, instead of having the connection cut.
  const capabilities = Buffer.concat([short('authentication_failure_close'), Buffer.from('t\x01', 'latin1')]);
  const properties = Buffer.concat([short('capabilities'), Buffer.from('F'), long(capabilities)]);
  const method = Buffer.from([0, CONNECTION, 0, START_OK ?? 0]);
  const body = Buffer.concat([
    method,
    long(properties),
    short('PLAIN'),
    long(Buffer.from(`\0${user}\0${password}`)),
    short('en_US'),
  ]);
  return Buffer.concat([Buffer.from([METHOD_FRAME, 0, 0]), long(body), Buffer.from([0xce])]);
}
