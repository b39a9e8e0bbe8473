import { randomBytes } from 'node:crypto';
import type { Channel } from 'rabbitmq-client';
import { LEAST_MAX_BYTES } from '../broker/broker.ts';

export const EXCHANGE = 'pikoci.mailboxes';
/** Names of mailboxes that nobody holds. */
export const PROBE = 'pikoci.probe.';

/**
 * Makes the exchange, and sends one message that comes back because it is for nobody: then we may write, messages of the least size get through,
 * and the broker has room. A broker without room says so to those alone who send something.
 */
export async function openExchange(channel: Channel): Promise<void> {
  await channel.exchangeDeclare({ exchange: EXCHANGE, type: 'direct', durable: true });
  await channel.confirmSelect();
  const routingKey = `${PROBE}${randomBytes(8).toString('hex')}`;
  await channel.basicPublish({ exchange: EXCHANGE, routingKey, mandatory: true }, Buffer.alloc(LEAST_MAX_BYTES));
}
