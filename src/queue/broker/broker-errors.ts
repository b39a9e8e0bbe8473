/** What goes wrong with a broker, worded once for all of them. `broker` names it for a person: `the NATS server at queue.example.com:4222`. */
import { CodedError, errorText } from '../../lib/coded-error.ts';

export const brokerUnreachable = (broker: string, why: string, cause?: unknown): CodedError =>
  new CodedError('queue.broker_unreachable', `${broker} cannot be reached: ${why}`, {
    cause,
    hint: why.includes('TLS')
      ? 'look at the address, and at the files of certificates that are given for it'
      : 'is it running, and is its address right?',
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
  const text = errorText(error) || code;
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
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name (TLS)';
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired (TLS)';
  }
  if (/ALERT_CERTIFICATE_REQUIRED/.test(text)) return 'it wants a certificate of ours (TLS)';
  if (/ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+)/.test(text))
    return `it does not accept our certificate (TLS)`;
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code)) return `its certificate is not trusted (TLS: ${text})`;
  return /SSL|TLS/.test(code) ? `TLS: ${text}` : text;
}
