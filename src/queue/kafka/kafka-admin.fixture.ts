/** What an operator of a Kafka does to it, at its listener without a login. */
import {
  AclOperations,
  AclPermissionTypes,
  Connection,
  createAclsV3,
  createTopicsV5,
  deleteTopicsV5,
  metadataV9,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';

const TIMEOUT_MS = 10_000;

export interface KafkaAdmin extends AsyncDisposable {
  topics(): Promise<readonly string[]>;
  create(topic: { readonly name: string; readonly partitions: number; readonly maxBytes: number }): Promise<void>;
  remove(topics: readonly string[]): Promise<void>;
  /** Whatever is given, on topics that begin like that. */
  allow(user: string, prefix: string, operations: readonly (keyof typeof AclOperations)[]): Promise<void>;
}

export async function kafkaAdmin(port: number): Promise<KafkaAdmin> {
  const connection = new Connection('admin', { requestTimeout: TIMEOUT_MS });
  await connection.connect('127.0.0.1', port);
  return {
    async topics() {
      const { topics } = await metadataV9.api.async(connection, null, false);
      return topics.map(({ name }) => name ?? '');
    },
    async create({ name, partitions, maxBytes }) {
      const configs = [{ name: 'max.message.bytes', value: String(maxBytes) }];
      const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs };
      await createTopicsV5.api.async(connection, [topic], TIMEOUT_MS, false);
    },
    async remove(topics) {
      await deleteTopicsV5.api.async(
        connection,
        topics.map((name) => ({ name })),
        TIMEOUT_MS,
      );
    },
    async allow(user, prefix, operations) {
      await createAclsV3.api.async(
        connection,
        operations.map((operation) => ({
          ...{ resourceType: ResourceTypes.TOPIC, resourceName: prefix },
          ...{ resourcePatternType: ResourcePatternTypes.PREFIXED, principal: `User:${user}`, host: '*' },
          ...{ operation: AclOperations[operation], permissionType: AclPermissionTypes.ALLOW },
        })),
      );
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
    },
  };
}
