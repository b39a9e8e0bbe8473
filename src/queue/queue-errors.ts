/** The failures that the port promises, worded once for all adapters. */
import { CodedError } from '../lib/coded-error.ts';

/** The largest message that any adapter carries, in bytes. What is larger does not belong on a queue. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

export const closedError = (): CodedError => new CodedError('queue.closed', 'the connection to the queue was closed');

export const refusedError = (reason: string): CodedError =>
  new CodedError('queue.refused', `the server refused this worker: ${reason}`, {
    hint: 'make a new worker token; one that is expired, revoked or of another server is never accepted',
  });

export const timeoutError = (timeoutMs: number): CodedError =>
  new CodedError('queue.timeout', `no server answered within ${timeoutMs} ms`);

export const unreachableError = (detail: string): CodedError =>
  new CodedError('queue.unreachable', `the server cannot be reached: ${detail}`, {
    hint: 'is it running, and is its address right?',
  });

export const handlerFailedError = (cause?: unknown): CodedError =>
  new CodedError('queue.handler_failed', 'the server failed while it answered', {
    cause,
    hint: "the server's own log says why",
  });

export const tooLargeError = (bytes: number): CodedError =>
  new CodedError(
    'queue.too_large',
    `a message of ${bytes} bytes is more than the queue carries (${MAX_MESSAGE_BYTES} bytes)`,
  );

/** What a server reports over the wire; an unknown code of a newer server counts as its handler having failed. */
export function failureOf(code: string): CodedError {
  if (code === 'queue.unreachable') return unreachableError('it is shutting down');
  if (code === 'queue.too_large') {
    return new CodedError(
      'queue.too_large',
      `the answer was larger than the queue carries (${MAX_MESSAGE_BYTES} bytes)`,
    );
  }
  return handlerFailedError();
}
