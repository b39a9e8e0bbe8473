/** What Redis and its client library say, in words of ours. */
import { CodedError } from '../../lib/coded-error.ts';
import { brokerRefused, brokerUnfit, brokerUnreachable, networkReason } from '../broker/broker-errors.ts';

/** Of a user who may do too little, and of one who is none. */
const REFUSALS = ['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED', 'ERR AUTH', 'ERR invalid password'];

export function redisProblem(title: string, error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const text = textOf(error);
  if (REFUSALS.some((word) => text.startsWith(word))) return brokerRefused(title, text, error);
  if (/unknown command.*HELLO/i.test(text)) {
    return brokerUnfit(
      title,
      'it does not know HELLO',
      'Redis 6 or later is needed, or what speaks its protocol RESP3',
    );
  }
  return brokerUnreachable(title, text, error);
}

export function lostReason(title: string, error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const known = redisProblem(title, error);
  return known.code === 'queue.broker_unreachable' ? `${title} was lost: ${textOf(error)}` : known.message;
}

/** Throws for one whose channels do not reach everybody. `answer` is that to HELLO: names and values in turn. */
export function refuseUnfit(title: string, answer: unknown): void {
  const facts = Array.isArray(answer) ? answer.map(String) : [];
  const fact = (name: string): string | undefined => facts[facts.indexOf(name) + 1];
  if (fact('role') === 'replica' || fact('role') === 'slave') {
    throw brokerUnfit(title, 'it is a replica', 'name its primary, or all of them with commas between: we find it');
  }
  if (fact('mode') === 'cluster') {
    throw brokerUnfit(title, 'it is part of a Redis Cluster', 'name a Redis that stands alone, or with replicas');
  }
  if (fact('mode') === 'sentinel') {
    throw brokerUnfit(title, 'it is a Sentinel', 'name the servers that it watches, with commas between');
  }
}

function textOf(error: unknown): string {
  const text = networkReason(error);
  if (text === 'Connection is closed.') return 'it closed the connection';
  return text === 'connect ETIMEDOUT' ? 'no answer in time' : text;
}
