/** What `start` leaves in the service's directory, for `ready_check` and `stop`. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import type { ServiceServer } from './read-server.ts';

const serviceState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('process'), port: z.int(), pid: z.int(), startTicks: z.number().optional() }),
  z.object({ kind: z.literal('container'), port: z.int() }),
]);
export type ServiceState = z.infer<typeof serviceState>;

const fileOf = (server: ServiceServer): string => join(server.directory, 'state.json');

/** Others may go through it, to what lies in it and is theirs. Throws `service_failed` when it is there. */
export function makeServiceDirectory(server: ServiceServer): void {
  try {
    mkdirSync(server.directory, { mode: 0o700 });
    chmodSync(server.directory, 0o711);
  } catch (cause) {
    if (errnoCode(cause) !== 'EEXIST') throw cause;
    throw new CodedError(
      'service_failed',
      `${server.directory} is there already: this service is running, or was not stopped.`,
      { cause },
    );
  }
}

export function removeServiceDirectory(server: ServiceServer): void {
  rmSync(server.directory, { recursive: true, force: true, maxRetries: 3 });
}

export function writeState(server: ServiceServer, state: ServiceState): void {
  writeFileSync(fileOf(server), JSON.stringify(state), { mode: 0o600 });
}

/** Undefined when it was not started, or another account has put something in its place. */
export function readState(server: ServiceServer): ServiceState | undefined {
  const found = lstatSync(server.directory, { throwIfNoEntry: false });
  if (found === undefined || found.uid !== process.getuid?.()) return undefined;
  try {
    return serviceState.parse(JSON.parse(readFileSync(fileOf(server), 'utf8')));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
