/** A database that is reached over a network: what each of them needs to be told. */
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import type { DatabaseWatch } from './database-watch.ts';

export interface DatabaseAddress {
  /** A name, an address, or the directory of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  /** Absent: no TLS. */
  readonly tls?: DatabaseTls | undefined;
  /** How many connections at once, at most. */
  readonly connections?: number | undefined;
}

/** Everything in PEM. */
export interface DatabaseTls {
  /** When the system's own authorities do not do. */
  readonly ca?: string | undefined;
  /** Who we are, where the server asks for a certificate. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whether the server's certificate has to be right. */
  readonly verify: boolean;
}

export interface DatabaseServerOptions extends DatabaseAddress {
  readonly clock?: Clock;
  readonly watch?: DatabaseWatch | undefined;
  /** Leases by the caller's clock, for tests. */
  readonly callersClock?: boolean;
}

export const CONNECTIONS = 10;
export const CONNECT_TIMEOUT_MS = 10_000;
/** So that what stands between does not forget a connection that is idle. */
export const KEEP_ALIVE_MS = 10_000;

/** As `node:tls` wants it. */
export function secureOptions({ ca, cert, key, verify }: DatabaseTls): ConnectionOptions {
  return {
    rejectUnauthorized: verify,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

/** How messages name it: without the password. */
export const nameOf = ({ user, host, port, database }: DatabaseAddress): string =>
  `${user}@${host.includes(':') ? `[${host}]` : host}${host.startsWith('/') ? '' : `:${port}`}/${database}`;
