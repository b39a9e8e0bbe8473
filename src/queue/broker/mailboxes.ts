/** Names of mailboxes. Those of one secret's servers begin alike, so that several installations share a broker and never meet. */
import { createHash, randomBytes } from 'node:crypto';

/** Of one connection of a worker, and of one server's. */
export const WORKER_MAILBOX = /^w\.[0-9a-f]{32}$/;
export const SERVER_MAILBOX = /^s\.[0-9a-f]{32}$/;
/** Where workers say hello: one of the servers takes it. */
export const ACCEPT_MAILBOX = 'accept';
/** Where servers tell each other what all workers should hear. */
export const SERVERS_MAILBOX = 'servers';

export const newWorkerMailbox = (): string => `w.${randomBytes(16).toString('hex')}`;
export const newServerMailbox = (): string => `s.${randomBytes(16).toString('hex')}`;

/** What the names of all mailboxes of the servers with this public key begin with. */
export function mailboxPrefix(serverKey: string): string {
  return `pikoci.${createHash('sha256').update(Buffer.from(serverKey, 'base64')).digest('hex').slice(0, 16)}.`;
}
