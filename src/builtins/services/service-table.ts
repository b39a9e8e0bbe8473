import { kafka } from './kafka.ts';
import { minio } from './minio.ts';
import { mongodb } from './mongodb.ts';
import { mariadb, mysql } from './mysql.ts';
import { nats } from './nats.ts';
import { postgresql } from './postgresql.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import type { ServiceFacts, ServiceName } from './service-facts.ts';
import { vault } from './vault.ts';

export const SERVICES: Readonly<Record<ServiceName, ServiceFacts>> = {
  postgresql,
  mariadb,
  mysql,
  redis,
  mongodb,
  nats,
  rabbitmq,
  kafka,
  vault,
  minio,
};
