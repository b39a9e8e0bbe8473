/** Addresses of brokers as they are given: URLs, several of one cluster with commas between. */
import { CodedError } from '../../lib/coded-error.ts';

export interface BrokerHost {
  /** As sockets want it: an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface BrokerAddress {
  readonly hosts: readonly BrokerHost[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Nothing is said before the connection is encrypted. */
  readonly tls: boolean;
  /** Without its slash; empty where there is none. */
  readonly path: string;
}

export interface AddressForm {
  /** `the RabbitMQ server`. */
  readonly title: string;
  /** Schemes of URLs without and with TLS, the port where none is said. */
  readonly plain: { readonly scheme: string; readonly port: number };
  readonly secure: { readonly scheme: string; readonly port: number };
  /** What would be right. */
  readonly hint: string;
}

/** Throws `usage.bad_value`. The text may hold a password: it is not repeated. */
export function readBrokerAddress(text: string, form: AddressForm): BrokerAddress {
  const malformed = (why: string): CodedError =>
    new CodedError('usage.bad_value', `the address of ${form.title} cannot be read: ${why}`, { hint: form.hint });
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const whole = part.includes('://') ? part : `${form.plain.scheme}://${part}`;
      const url = URL.canParse(whole) ? new URL(whole) : undefined;
      if (url === undefined || url.hostname === '') throw malformed('it is no URL');
      const known = [form.plain, form.secure].find(({ scheme }) => url.protocol === `${scheme}:`);
      if (known === undefined) {
        throw malformed(`it begins neither with ${form.plain.scheme}:// nor with ${form.secure.scheme}://`);
      }
      if (url.search !== '' || url.hash !== '') throw malformed('it has parameters, of which none is known');
      return { url, known };
    });
  if (urls.length === 0) throw malformed('it is empty');
  const decoded = (part: string | undefined): string | undefined => {
    try {
      return part === undefined || part === '' ? undefined : decodeURIComponent(part);
    } catch {
      throw malformed('what follows a % in it is no code of a character');
    }
  };
  const first = urls.find(({ url }) => url.username !== '' || url.password !== '')?.url;
  return {
    hosts: urls.map(({ url, known }) => ({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? known.port : Number(url.port),
    })),
    user: decoded(first?.username),
    password: decoded(first?.password),
    tls: urls.some(({ known }) => known === form.secure),
    path: decoded(urls.find(({ url }) => url.pathname.length > 1)?.url.pathname.slice(1)) ?? '',
  };
}

/** `[::1]:5672`, for a message. */
export const hostText = ({ host, port }: BrokerHost): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
