import { Admin, Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';
import { createKafkaBroker } from '../src/queue/kafka/kafka-broker.ts';
import { startKafkaServer } from '../test/servers/kafka/kafka-server.ts';
import type { Figure } from './figure.ts';
import { BODY, figure, inTurn, type Trip, tripOverBroker } from './queue-trips.ts';

/** Beside a producer and consumers as the library's guide has them, set to wait for nothing. */
export async function overKafka(trips: number): Promise<Figure> {
  await using server = await startKafkaServer();
  await using ours = await tripOverBroker(createKafkaBroker({ brokers: server.url, clientName: 'bench' }));
  await using bare = await bareTrip(server.port);
  return figure('queue: Kafka', await inTurn(trips, ours.trip, bare.trip), 'a bare producer and consumer');
}

async function bareTrip(port: number): Promise<{ readonly trip: Trip } & AsyncDisposable> {
  const at = { clientId: 'bench', bootstrapBrokers: [`127.0.0.1:${port}`] };
  const admin = new Admin(at);
  await admin.createTopics({ topics: ['ask', 'answer'], partitions: 1, replicas: 1 });
  await admin.close();
  const producer = new Producer(at);
  const send = (topic: string, value: Buffer) => producer.send({ messages: [{ topic, value }], acks: 1 });
  const hear = async (topic: string, take: (value: Buffer) => void) => {
    const consumer = new Consumer({ ...at, groupId: `bench-${topic}` });
    const stream = await consumer.consume({
      ...{ topics: [topic], mode: MessagesStreamModes.LATEST, minBytes: 1, maxWaitTime: 1_000, autocommit: false },
    });
    stream.on('data', ({ value }) => take(value));
    return () => consumer.close(true);
  };
  let answered = (): void => undefined;
  const stops = [await hear('ask', (value) => void send('answer', value)), await hear('answer', () => answered())];
  return {
    async trip() {
      const answer = new Promise<void>((resolve) => {
        answered = resolve;
      });
      await send('ask', Buffer.from(BODY));
      await answer;
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await producer.close();
    },
  };
}
