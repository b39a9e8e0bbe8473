/** A Kafka of one node (KRaft) as an ordinary process on loopback, which a test may kill, stop and start again on its ports. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerProcess, hears, startBroker } from '../broker-process.ts';
import type { Rewrite } from '../cut-proxy.ts';
import { findProgram } from '../find-program.ts';
import { freePort } from '../free-port.ts';
import { mavenJars } from '../maven-jars.ts';
import type { Availability } from '../required.ts';
import { mustRun } from '../run-command.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

export interface KafkaServer extends BrokerProcess, AsyncDisposable {
  /** Of the listener that a test asked for. */
  readonly port: number;
  /** As `KAFKA_BROKERS` says it. */
  readonly url: string;
  /** Of a listener without encryption and login, whatever the other one is. */
  readonly insidePort: number;
}

export interface KafkaServerOptions {
  readonly protocol?: 'PLAINTEXT' | 'SASL_SSL';
  /** Where it says that it is: a name of this machine, as a certificate has it. */
  readonly host?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Arguments of `kafka-storage format`. */
  readonly format?: readonly string[];
}

const READY_MS = 60_000;
const HOST = '127.0.0.1';
/** `ApiVersions`, version 0: which requests it knows. It answers as soon as it does anything at all. */
const API_VERSIONS = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff];
/** It starts fast and stays small rather than being fast later. */
const JVM = ['-Xms64m', '-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

let found: Promise<Availability> | undefined;

/** Whether one can be started here; brings its jars when it is asked for the first time. */
export function kafkaAvailability(): Promise<Availability> {
  found ??= lookForKafka();
  return found;
}

async function lookForKafka(): Promise<Availability> {
  if (findProgram('java') === undefined) {
    return { available: false, reason: 'java, which Kafka runs on, is not installed (apt: default-jre-headless)' };
  }
  const jars = await mavenJars('Kafka', import.meta.dirname);
  return 'directory' in jars ? { available: true } : { available: false, reason: jars.reason };
}

/** One that runs already on this machine, as `KAFKA_BROKERS=localhost:PORT` names it: enough for tests that leave it alone. */
export function runningKafka(): { readonly port: number } | undefined {
  const [, port] = /^(?:localhost|127\.0\.0\.1):(\d+)$/.exec(process.env.KAFKA_BROKERS ?? '') ?? [];
  return port === undefined ? undefined : { port: Number(port) };
}

export async function startKafkaServer(options: KafkaServerOptions = {}): Promise<KafkaServer> {
  const jars = await mavenJars('Kafka', import.meta.dirname);
  if ('reason' in jars) throw new Error(jars.reason);
  const program = findProgram('java');
  if (program === undefined) throw new Error('java is not installed');
  const java = [...JVM, '-cp', join(jars.directory, '*')];
  const directory = temporaryDirectory('kafka');
  const [port, insidePort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const file = join(directory.path, 'server.properties');
  const clients = (host: string): string => `OUTSIDE://${host}:${port},INSIDE://${HOST}:${insidePort}`;
  const properties = {
    'node.id': '1',
    'process.roles': 'broker,controller',
    listeners: `${clients(HOST)},CONTROLLER://${HOST}:${controllerPort}`,
    'advertised.listeners': clients(options.host ?? HOST),
    'listener.security.protocol.map': `OUTSIDE:${options.protocol ?? 'PLAINTEXT'},INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': 'INSIDE',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@${HOST}:${controllerPort}`,
    'log.dirs': join(directory.path, 'data'),
    'auto.create.topics.enable': 'false',
    // After a kill it may come back at once.
    'broker.session.timeout.ms': '1000',
    'broker.heartbeat.interval.ms': '200',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...options.properties,
  };
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const cluster = randomBytes(16).toString('base64url');
  await mustRun(program, [
    ...[...java, 'kafka.tools.StorageTool', 'format', '--cluster-id', cluster, '--config', file],
    ...(options.format ?? []),
  ]);

  const broker = await startBroker({
    ...{ title: 'Kafka', program, args: [...java, 'kafka.Kafka', file], readyMs: READY_MS },
    ready: () => hears(insidePort, 'data', { say: API_VERSIONS, withinMs: 2_000 }),
  });
  return {
    ...{ port, insidePort, url: `kafka://${HOST}:${port}`, ...broker },
    async [Symbol.asyncDispose]() {
      await broker.kill9();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** For a proxy before it: a Kafka tells its clients where its brokers are, and they go there. */
export const kafkaBehind =
  (kafka: { readonly port: number }): Rewrite =>
  (said, port) => {
    for (const name of [HOST, 'localhost']) {
      const host = Buffer.from(`\n${name}`);
      const its = Buffer.alloc(4);
      its.writeInt32BE(kafka.port);
      const at = said.indexOf(Buffer.concat([host, its]));
      if (at < 0) continue;
      const rewritten = Buffer.from(said);
      rewritten.writeInt32BE(port, at + host.length);
      return rewritten;
    }
    return said;
  };
