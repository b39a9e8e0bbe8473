/** What goes wrong with a broker, worded once for all of them. `broker` names it for a person: `the NATS server at queue.example.com:4222`. */
import { CodedError } from '../../lib/coded-error.ts';

export const brokerUnreachable = (broker: string, why: string, cause?: unknown): CodedError =>
  new CodedError('queue.broker_unreachable', `${broker} cannot be reached: ${why}`, {
    cause,
    hint: 'is it running, and is its address right?',
  });

export const brokerRefused = (broker: string, why: string, cause?: unknown): CodedError =>
  new CodedError('queue.broker_refused', `${broker} does not let us in: ${why}`, {
    cause,
    hint: 'look at the user, the password or the credentials that are given for it',
  });

export const brokerUnfit = (broker: string, why: string, hint: string): CodedError =>
  new CodedError('queue.broker_unfit', `${broker} is not fit for this queue: ${why}`, { hint });
