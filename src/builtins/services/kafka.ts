import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { exchange, MORE, notYet, READY } from './protocols/exchange.ts';
import { type Address, hostPort, type ReadyAnswer, type ServiceFacts } from './service-facts.ts';

const [INSIDE_PORT, CONTROLLER_PORT, OUTSIDE_PORT] = [9092, 9093, 9094];

/** One broker that is its own controller (KRaft), with topics of one copy. Kafka tells its clients where it is, so it has a listener for each side. */
export const kafka: ServiceFacts = {
  name: 'kafka',
  title: 'Kafka',
  image: 'apache/kafka',
  tag: '4.0.0',
  containerPort: OUTSIDE_PORT,
  insidePort: INSIDE_PORT,
  defaults: {},
  url: (address) => `kafka://${hostPort(address)}`,
  container({ args, outside, inside }) {
    const { host = 'localhost' } = inside ?? {};
    const settings = brokerSettings({
      listeners: `INSIDE://:${INSIDE_PORT},OUTSIDE://:${OUTSIDE_PORT},CONTROLLER://:${CONTROLLER_PORT}`,
      advertised: `INSIDE://${host}:${INSIDE_PORT},OUTSIDE://${hostPort(outside)}`,
      controller: `localhost:${CONTROLLER_PORT}`,
    });
    return {
      env: Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
      ),
      command: args,
    };
  },
  process: {
    programs: {
      server: ['kafka-server-start.sh', 'kafka-server-start'],
      storage: ['kafka-storage.sh', 'kafka-storage'],
    },
    directories: (_version, env) => [
      ...(env.KAFKA_HOME === undefined ? [] : [join(env.KAFKA_HOME, 'bin')]),
      '/opt/kafka/bin',
    ],
    packages: 'Kafka and a Java (kafka-server-start.sh in the PATH)',
    versionArgs: ['--version'],
    accounts: ['kafka', 'nobody'],
    stopSignals: ['SIGTERM'],
    async prepare(place) {
      const controller = `127.0.0.1:${await place.freePort()}`;
      const broker = `127.0.0.1:${place.port}`;
      const settings = {
        ...brokerSettings({
          listeners: `INSIDE://${broker},CONTROLLER://${controller}`,
          advertised: `INSIDE://${broker}`,
          controller,
        }),
        'log.dirs': join(place.directory, 'data'),
      };
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
      const file = place.write('server.properties', lines.join(''));
      const id = randomBytes(16).toString('base64url');
      await place.run(place.programs.storage ?? '', ['format', '--cluster-id', id, '--config', file]);
      return {
        program: place.programs.server ?? '',
        args: [file, ...place.args],
        env: { LOG_DIR: place.directory, KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m' },
      };
    },
  },
  ready: askKafka,
};

function brokerSettings(where: {
  readonly listeners: string;
  readonly advertised: string;
  readonly controller: string;
}): Record<string, string> {
  return {
    'node.id': '1',
    'process.roles': 'broker,controller',
    listeners: where.listeners,
    'advertised.listeners': where.advertised,
    'listener.security.protocol.map': 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@${where.controller}`,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
  };
}

const API_VERSIONS = 18;
const CORRELATION = 7;

/** `ApiVersions`, version 0, which every broker knows: the same number comes back, then 0 for no error. */
async function askKafka(address: Address): Promise<ReadyAnswer> {
  const client = 'pikoci';
  const request = Buffer.alloc(14 + client.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(CORRELATION, 8);
  request.writeInt16BE(client.length, 12);
  request.write(client, 14, 'latin1');
  return await exchange(address, request, (received) => {
    if (received.length < 10) return MORE;
    if (received.readInt32BE(4) !== CORRELATION) return notYet("the answer is not Kafka's");
    const code = received.readInt16BE(8);
    return code === 0 ? READY : notYet(`it answers with error ${code}`);
  });
}
