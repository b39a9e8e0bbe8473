/** Every way to keep things and every way to reach workers, as one server can be given them: a new kind is a row, and its pairs are tried with it. */
import { resolve } from 'node:path';
import { DATABASE_KINDS, type DatabaseServer } from '../e2e/database-servers.ts';
import { BROKERS, type RunningBroker } from '../servers/brokers.ts';
import type { Availability, OptionalServer } from '../servers/required.ts';
import { runCommand } from '../servers/run-command.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Kind {
  /** What `--db-system` or `--pubsub-system` calls it. */
  readonly system: string;
  /** As people call it, with what is known of its version; for the table. */
  readonly title: () => Promise<string>;
  readonly needs?: { readonly server: OptionalServer; readonly availability: Availability };
}

export interface DatabaseRow extends Kind {
  readonly start?: () => Promise<DatabaseServer>;
}

export interface QueueRow extends Kind {
  readonly start?: () => Promise<RunningBroker>;
  /** The variable of the environment that says where it is. */
  readonly variable?: string;
}

export interface Pair {
  readonly database: DatabaseRow;
  readonly queue: QueueRow;
}

/** What says which version is installed; the first number with a dot in what it prints is taken. */
const VERSIONS: Readonly<Record<string, readonly [title: string, command: string]>> = {
  postgresql: [
    'PostgreSQL',
    '"/usr/lib/postgresql/$(ls /usr/lib/postgresql | sort -n | tail -n 1)/bin/postgres" --version',
  ],
  mysql: ['MariaDB', 'mariadbd --version'],
  mongodb: ['mongo-java-server', `grep --only-matching '<version>[0-9]*[.].*</version>' test/servers/mongodb/pom.xml`],
  nats: ['NATS', 'nats-server --version'],
  rabbitmq: ['RabbitMQ', "dpkg-query --show --showformat '${Version}' rabbitmq-server"],
  redis: ['Redis', 'redis-server --version'],
  kafka: ['Kafka', `grep --only-matching '<version>[0-9]*[.].*</version>' test/servers/kafka/pom.xml`],
};

async function titleOf(system: string): Promise<string> {
  const [title, command] = VERSIONS[system] ?? [system, 'true'];
  const { stdout } = await runCommand('/bin/sh', ['-c', command], { cwd: ROOT });
  const version = /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0];
  return version === undefined ? title : `${title} ${version}`;
}

export const DATABASES: readonly DatabaseRow[] = [
  { system: 'mem', title: async () => 'in memory' },
  { system: 'sqlite', title: async () => 'SQLite' },
  ...DATABASE_KINDS.map(({ system, server, availability, start }) => ({
    ...{ system, start, needs: { server, availability } },
    title: () => titleOf(system),
  })),
];

export const QUEUES: readonly QueueRow[] = [
  { system: 'mem', title: async () => 'the worker beside the server' },
  { system: 'http', title: async () => 'HTTP' },
  ...BROKERS.map(({ system, variable, availability, start }) => ({
    ...{ system, variable, start, needs: { server: system, availability } },
    title: () => titleOf(system),
  })),
];

export const allPairs = (): Pair[] => DATABASES.flatMap((database) => QUEUES.map((queue) => ({ database, queue })));

/** As few as there can be so that each database and each queue is among them. */
export function fewPairs(databases = DATABASES, queues = QUEUES): Pair[] {
  return Array.from({ length: Math.max(databases.length, queues.length) }, (_, at) => ({
    database: at % databases.length,
    queue: at % queues.length,
  })).flatMap(({ database, queue }) => {
    const [one, other] = [databases[database], queues[queue]];
    return one === undefined || other === undefined ? [] : [{ database: one, queue: other }];
  });
}
