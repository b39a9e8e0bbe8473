import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type BsonValue, decodeBson, encodeBson } from './protocols/bson.ts';
import { exchange, MORE, notYet, READY, type Verdict } from './protocols/exchange.ts';
import { type Address, hostPort, type ReadyAnswer, type ServiceFacts, userInfo } from './service-facts.ts';

export const mongodb: ServiceFacts = {
  name: 'mongodb',
  title: 'MongoDB',
  image: 'mongo',
  tag: '8',
  containerPort: 27_017,
  defaults: { user: 'root', database: 'test' },
  secret: 'password',
  url: (address, login) =>
    `mongodb://${userInfo(login)}${hostPort(address)}/${encodeURIComponent(login.database ?? '')}?authSource=admin`,
  container: ({ login, args }) => ({
    env: {
      MONGO_INITDB_ROOT_USERNAME: login.user ?? '',
      MONGO_INITDB_ROOT_PASSWORD: login.password ?? '',
      MONGO_INITDB_DATABASE: login.database ?? '',
    },
    command: args,
  }),
  process: {
    programs: { server: ['mongod'] },
    packages: 'mongodb-org-server',
    versionArgs: ['--version'],
    accounts: ['mongodb', 'nobody'],
    stopSignals: ['SIGTERM'],
    async prepare(place) {
      const data = join(place.directory, 'data');
      mkdirSync(data, { recursive: true });
      place.own(data);
      const options = ['--dbpath', data, '--port', String(place.port), '--bind_ip', '127.0.0.1', '--auth'];
      return { program: place.programs.server ?? '', args: [...options, '--nounixsocket', ...place.args] };
    },
    // The first account may be made without one, from the machine itself.
    async afterStart(address, { user = '', password = '' }) {
      const why = await command(address, { createUser: user, pwd: password, roles: ['root'], $db: 'admin' });
      if (why !== undefined) throw new CodedError('service_failed', `MongoDB does not make the user "${user}": ${why}`);
    },
  },
  ready: (address) => command(address, { ping: 1, $db: 'admin' }),
};

const OP_MSG = 2013;
const HEADER = 16;

/** One command as an `OP_MSG`. Undefined when it is answered with `ok: 1`, else what is said. */
function command(address: Address, document: Readonly<Record<string, BsonValue>>): Promise<ReadyAnswer> {
  const body = encodeBson(document);
  const head = Buffer.alloc(HEADER + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(OP_MSG, 12);
  return exchange(address, Buffer.concat([head, body]), judge);
}

function judge(received: Buffer): Verdict {
  if (received.length < 4 || received.length < received.readInt32LE(0)) return MORE;
  const { ok, errmsg } = decodeBson(received.subarray(HEADER + 5));
  return ok === 1 ? READY : notYet(errmsg === undefined ? 'it does not answer with ok' : String(errmsg));
}
