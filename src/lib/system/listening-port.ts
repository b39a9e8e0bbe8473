/**
 * Two processes at one port, as when one takes over from another. Both listen, and the kernel asks a program of one instruction which of them gets a new
 * connection. So nobody is refused, and none waits in the queue of a socket that is about to be closed, where it would be reset. When one of the two
 * dies, the kernel gives all to the other.
 */
import { readdirSync } from 'node:fs';
import { CodedError } from '../coded-error.ts';
import { acceptsConnections, chooseListener, socketPort } from './libc.ts';

/** In the order in which the two began to listen. */
export type Side = 'earlier' | 'later';

/** New connections to a port that this process listens at, with `reusePort`, go to one side. Throws `listen.not_shared`. */
export function steerConnections(port: number, to: Side): void {
  const listening = socketsAt(port).filter(acceptsConnections);
  if (listening.length > 0 && listening.every((fd) => chooseListener(fd, to === 'earlier' ? 0 : 1))) return;
  throw new CodedError('listen.not_shared', `port ${port} cannot be handed over: the system refuses to share it`, {
    hint: 'it can since Linux 4.5; stop the server and start the new one',
  });
}

/** How many connections of others to a port of this process are open, idle ones too. */
export function connectionsAt(port: number): number {
  return socketsAt(port).filter((fd) => !acceptsConnections(fd)).length;
}

function socketsAt(port: number): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => socketPort(fd) === port);
}
