/** What goes wrong with a broker, worded once for all of them. `broker` names it for a person: `the NATS server at queue.example.com:4222`. */
import { CodedError, errorText } from '../../lib/coded-error.ts';

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

export const brokerFull = (broker: string, why: string): CodedError =>
  new CodedError('queue.broker_full', `${broker} takes no messages: ${why}`, {
    hint: 'what is to be said waits, on the disks of workers too; make room there',
  });

/** What the system says of a connection that does not come about, in words. */
export function networkReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
      return 'it closed the connection';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no host of that name is known';
    case 'ETIMEDOUT':
      return 'no answer in time';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'it does not speak TLS there';
    default:
      return errorText(error) || code;
  }
}
