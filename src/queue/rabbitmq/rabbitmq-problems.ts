/** What RabbitMQ and its client library say, in words of ours. */
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { LEAST_MAX_BYTES } from '../broker/broker.ts';
import { brokerRefused, brokerUnfit, brokerUnreachable, networkReason } from '../broker/broker-errors.ts';

export function rabbitProblem(title: string, error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const text = textOf(error);
  switch (codeOf(error)) {
    case 'ACCESS_REFUSED':
    case 'NOT_ALLOWED':
      return brokerRefused(title, text, error);
    case 'PRECONDITION_FAILED':
      if (text.includes('larger than configured max size')) {
        const hint = `set its max_message_size to ${LEAST_MAX_BYTES} bytes or more; larger messages go in several pieces`;
        return brokerUnfit(title, text, hint);
      }
      return brokerUnfit(
        title,
        text,
        'something else made what is called pikoci… there: remove it, or use another vhost',
      );
    default:
      return brokerUnreachable(title, text, error);
  }
}

export function lostReason(title: string, error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const known = rabbitProblem(title, error);
  return known.code === 'queue.broker_unreachable' ? `${title} was lost: ${textOf(error)}` : known.message;
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

function textOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'CONN_CLOSE':
      return 'it closed the connection';
    case 'CONNECTION_TIMEOUT':
      return 'no answer in time';
    case 'SOCKET_TIMEOUT':
      return 'nothing was heard of it for a while';
    default:
      // `ConnectionStartOK: ACCESS_REFUSED - Login was refused …`: which of the protocol's words it answers helps nobody.
      return networkReason(error).replace(/^\w+: /, '') || errorText(error);
  }
}
