/** What goes wrong with Kafka, in words of ours. */
import { CodedError } from '../../lib/coded-error.ts';
import { brokerRefused, brokerUnreachable, networkReason } from '../broker/broker-errors.ts';

/** What Kafka said no to: its name of the error, and what it said about it. */
export interface KafkaRefusal {
  readonly id: string;
  readonly text: string;
}

/** Empty for what went wrong with the connection itself. */
export function refusalsOf(error: unknown): readonly KafkaRefusal[] {
  if (error instanceof AggregateError) return error.errors.flatMap(refusalsOf);
  if (!(error instanceof Error)) return [];
  if (!('apiId' in error) || typeof error.apiId !== 'string') return refusalsOf(error.cause);
  const said = 'serverErrorMessage' in error && typeof error.serverErrorMessage === 'string';
  return [{ id: error.apiId, text: said ? String(error.serverErrorMessage) : error.message }];
}

/** Over in a moment: a leader is being chosen, or has not heard yet that it is one. */
const PASSING: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'NOT_CONTROLLER',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
]);

export function isPassing(error: unknown): boolean {
  const refusals = refusalsOf(error);
  return refusals.length > 0 && refusals.every(({ id }) => PASSING.has(id));
}

const WORDS: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'its topics of ours are gone',
  NOT_LEADER_OR_FOLLOWER: 'another of its brokers leads now',
  OFFSET_OUT_OF_RANGE: 'it deleted messages before they were read',
  MESSAGE_TOO_LARGE:
    'it takes only smaller messages than it lets us know (may we describe the configuration of our topics?)',
};

/** In one sentence without a full stop. */
export function reasonOf(error: unknown): string {
  const [refusal] = refusalsOf(error);
  if (refusal !== undefined) return WORDS[refusal.id] ?? `${refusal.text.replace(/\.$/, '')} (${refusal.id})`;
  if (isHangUp(error)) return 'it closed the connection';
  return networkReason(deepestOf(error)).replace(/\.$/, '');
}

/** It closed the connection without a word. */
export function isHangUp(error: unknown): boolean {
  const deepest = deepestOf(error);
  return deepest instanceof Error && deepest.message.startsWith('Connection closed');
}

/** That we may not do something, and a right of ours is missing. */
export const isForbidden = (error: unknown): boolean =>
  refusalsOf(error).some(({ id }) => ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'].includes(id));

/** For what failed before there was a connection, or while it was put together; `title` names the broker. */
export function kafkaError(title: string, error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (isForbidden(error)) {
    return brokerRefused(
      title,
      'a right is missing: to describe, read and write topics that begin with "pikoci.", and for servers to create them',
      error,
    );
  }
  const mechanisms = mechanismsIn(error);
  if (mechanisms !== undefined) {
    return brokerRefused(title, `it does not know that mechanism of a login, but ${mechanisms.join(', ')}`, error);
  }
  const unauthenticated = error instanceof Error && 'code' in error && error.code === 'PLT_KFK_AUTHENTICATION';
  if (unauthenticated || refusalsOf(error).some(({ id }) => id === 'SASL_AUTHENTICATION_FAILED')) {
    return brokerRefused(title, reasonOf(error), error);
  }
  return brokerUnreachable(title, reasonOf(error), error);
}

/** Why a connection that was there is gone. */
export function lossText(title: string, error: unknown): string {
  return isForbidden(error) ? kafkaError(title, error).message : `${title} was lost: ${reasonOf(error)}`;
}

/** What a broker offers to who asked for something else. */
function mechanismsIn(error: unknown): readonly string[] | undefined {
  if (!(error instanceof Error)) return undefined;
  const response = 'response' in error ? error.response : undefined;
  if (typeof response === 'object' && response !== null && 'mechanisms' in response) {
    return Array.isArray(response.mechanisms) ? response.mechanisms.map(String) : undefined;
  }
  return mechanismsIn(error.cause);
}

function deepestOf(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  if (at instanceof AggregateError && at.errors.length > 0) return deepestOf(at.errors[0]);
  return at;
}
