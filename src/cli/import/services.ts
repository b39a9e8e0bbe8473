/** Services of other systems are images; those that pikoci has a service for are known by the name of theirs. */
import { Block } from './hcl-block.ts';
import type { HclValue } from './hcl-text.ts';

interface KnownService {
  readonly type: string;
  /** Their variable to our parameter. */
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
}

const KNOWN: Readonly<Record<string, KnownService>> = {
  postgres: {
    type: 'postgresql',
    variables: { POSTGRES_USER: 'user', POSTGRES_PASSWORD: 'password', POSTGRES_DB: 'database' },
    port: 5432,
  },
  mysql: {
    type: 'mysql',
    variables: { MYSQL_ROOT_PASSWORD: 'password', MYSQL_DATABASE: 'database' },
    port: 3306,
  },
  mariadb: {
    type: 'mariadb',
    variables: {
      MARIADB_ROOT_PASSWORD: 'password',
      MARIADB_DATABASE: 'database',
      MYSQL_ROOT_PASSWORD: 'password',
      MYSQL_DATABASE: 'database',
    },
    port: 3306,
  },
  redis: { type: 'redis', variables: {}, port: 6379 },
  mongo: {
    type: 'mongodb',
    variables: {
      MONGO_INITDB_ROOT_USERNAME: 'user',
      MONGO_INITDB_ROOT_PASSWORD: 'password',
      MONGO_INITDB_DATABASE: 'database',
    },
    port: 27017,
  },
  nats: { type: 'nats', variables: {}, port: 4222 },
  rabbitmq: {
    type: 'rabbitmq',
    variables: {
      RABBITMQ_DEFAULT_USER: 'user',
      RABBITMQ_DEFAULT_PASS: 'password',
      RABBITMQ_DEFAULT_VHOST: 'database',
    },
    port: 5672,
  },
  kafka: { type: 'kafka', variables: {}, port: 9092 },
  vault: { type: 'vault', variables: { VAULT_DEV_ROOT_TOKEN_ID: 'token' }, port: 8200 },
  minio: { type: 'minio', variables: { MINIO_ROOT_USER: 'user', MINIO_ROOT_PASSWORD: 'password' }, port: 9000 },
};

/** Where the images come from that the services are made for; of another place the image is named. */
const USUAL =
  /^(docker\.io\/)?(library\/)?(postgres|mysql|mariadb|redis|mongo|nats|rabbitmq)$|^(apache\/kafka|hashicorp\/vault|minio\/minio)$/;

export interface ServiceHere {
  readonly block: Block;
  readonly port: number;
  /** The variables that became parameters. */
  readonly taken: ReadonlySet<string>;
  /** It is given a password that nobody asked for, and that clients have to know. */
  readonly hasPassword: boolean;
}

/** `undefined`: pikoci has no such service. */
export function serviceOf(
  image: string,
  name: string,
  variables: ReadonlyMap<string, HclValue>,
): ServiceHere | undefined {
  const [, repository = '', tag] = /^(.+?)(?::([\w.-]+))?(?:@.*)?$/.exec(image) ?? [];
  const known = KNOWN[repository.split('/').at(-1) ?? ''];
  if (known === undefined || repository === '') return undefined;
  const block = new Block('service', name === known.type ? [known.type] : [known.type, name]);
  if (!USUAL.test(repository)) block.set('image', repository);
  block.set('version', tag);
  const taken = new Set<string>();
  for (const [theirs, ours] of Object.entries(known.variables)) {
    const value = variables.get(theirs);
    if (value === undefined || block.valueOf(ours) !== undefined) continue;
    block.set(ours, value);
    taken.add(theirs);
  }
  const hasPassword =
    ['redis', 'nats', 'rabbitmq', 'minio'].includes(known.type) && block.valueOf('password') === undefined;
  return { block, port: known.port, taken, hasPassword };
}
