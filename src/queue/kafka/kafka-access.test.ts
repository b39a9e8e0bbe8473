import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate, opensslAvailability } from '../../../test/servers/https-server.ts';
import { type KafkaServer, kafkaAvailability, startKafkaServer } from '../../../test/servers/kafka/kafka-server.ts';
import { isRequired, testWith } from '../../../test/servers/required.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { askUntilAnswered, bytes, text } from '../contract/observe.ts';
import type { KafkaLogin } from './kafka-address.ts';
import { kafkaAdmin } from './kafka-admin.fixture.ts';
import type { KafkaOptions } from './kafka-broker.ts';
import { kafkaWorld, whyNot } from './kafka-world.fixture.ts';

const availability = await kafkaAvailability();
const required = process.env.PIKOCI_TEST_REQUIRE;
const isHere =
  (availability.available || isRequired('kafka', required)) &&
  (opensslAvailability().available || isRequired('openssl', required));
const withKafka = testWith({ kafka: availability, openssl: opensslAvailability() });

const LOGIN: KafkaLogin = { mechanism: 'scram-sha-512', user: 'ci', password: 'right' };

/** TLS, a login and rights, all at once, as where Kafka is somebody else's. */
describe('kafka behind TLS, login and rights', () => {
  let directory: TemporaryDirectory;
  let kafka: KafkaServer;
  let caFile: string;
  const at = (login: KafkaLogin | undefined, more: Partial<KafkaOptions> = {}): Partial<KafkaOptions> => ({
    ...{ brokers: `localhost:${kafka.port}`, caFile, login },
    ...more,
  });

  if (isHere) {
    beforeAll(async () => {
      directory = temporaryDirectory('kafka-tls');
      const { key, certificate } = await makeCertificate(directory.path);
      caFile = certificate;
      const chain = join(directory.path, 'chain.pem');
      writeFileSync(chain, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'));
      const jaas = (module: string, more = '') => `org.apache.kafka.common.security.${module} required${more};`;
      kafka = await startKafkaServer({
        protocol: 'SASL_SSL',
        host: 'localhost',
        format: ['ci', 'guest'].flatMap((user) => ['--add-scram', `SCRAM-SHA-512=[name=${user},password=right]`]),
        properties: {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.location': chain,
          'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
          'listener.name.outside.scram-sha-512.sasl.jaas.config': jaas('scram.ScramLoginModule'),
          'listener.name.outside.plain.sasl.jaas.config': jaas('plain.PlainLoginModule', ' user_ci="right"'),
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': 'User:ANONYMOUS',
        },
      });
      await using admin = await kafkaAdmin(kafka.insidePort);
      await admin.allow('ci', 'pikoci.', ['CREATE', 'DESCRIBE', 'READ', 'WRITE']);
      await admin.allow('guest', 'other.', ['ALL']);
    }, 90_000);
    afterAll(async () => {
      await kafka[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });
  }

  for (const mechanism of ['scram-sha-512', 'plain'] as const) {
    withKafka(`an account by ${mechanism} that has the rights of docs/workers.md and no others works`, async () => {
      await using world = kafkaWorld(kafka.url);
      world.startServer(at({ ...LOGIN, mechanism })).queue.serve(async (body) => body);
      const worker = world.connectWorker(at({ ...LOGIN, mechanism }));
      expect(text(await askUntilAnswered(worker, bytes('?')))).toBe('?');
    });
  }

  withKafka('a wrong password is said so, on both sides, and not repeated in what is said', async () => {
    await using world = kafkaWorld(kafka.url);
    const { states } = world.startServer(at({ ...LOGIN, password: 'wr0ng' }));
    await states.untilLength(1);
    const why = await whyNot(world.connectWorker(at({ ...LOGIN, password: 'wr0ng' })));
    for (const said of [states.items[0], why]) {
      expect(said).toMatch(/^the Kafka server at localhost:\d+ does not let us in: .*[Aa]uthentication failed/);
      expect(said).not.toContain('wr0ng');
    }
  });

  withKafka('a mechanism that it does not have is said with those that it has', async () => {
    await using world = kafkaWorld(kafka.url);
    expect(await whyNot(world.connectWorker(at({ ...LOGIN, mechanism: 'scram-sha-256' })))).toMatch(
      /does not let us in: it does not know that mechanism of a login, but (PLAIN|SCRAM-SHA-512), (PLAIN|SCRAM-SHA-512)/,
    );
  });

  withKafka('who does not log in is told that he should', async () => {
    await using world = kafkaWorld(kafka.url);
    expect(await whyNot(world.connectWorker(at(undefined)))).toContain('it hangs up on whoever does not log in');
  });

  withKafka('who has no right on our topics is told which', async () => {
    await using world = kafkaWorld(kafka.url);
    const { states } = world.startServer(at({ ...LOGIN, user: 'guest' }));
    await states.untilLength(1);
    expect(states.items[0]).toContain('does not let us in: a right is missing');
    expect(states.items[0]).toContain('"pikoci."');
  });

  withKafka('a certificate that nobody trusts, and no TLS where there is one, are said', async () => {
    await using world = kafkaWorld(kafka.url);
    const untrusted = await whyNot(world.connectWorker(at(LOGIN, { caFile: undefined, tls: true })));
    expect(untrusted).toMatch(/cannot be reached: .*certificate/);
    const plain = await whyNot(world.connectWorker(at(LOGIN, { caFile: undefined })));
    expect(plain).toMatch(/cannot be reached: .*TLS/);
    const reverse = at(LOGIN, { brokers: `localhost:${kafka.insidePort}` });
    expect(await whyNot(world.connectWorker(reverse))).toContain('cannot be reached: ');
  });
});
