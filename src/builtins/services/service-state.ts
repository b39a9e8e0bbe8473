/** What `start` leaves in the service's directory, for `ready_check` and `stop`. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';
import type { ServicePlace } from './read-server.ts';

const serviceState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('process'), port: z.int(), pid: z.int(), startTicks: z.number().optional() }),
  z.object({ kind: z.literal('container'), port: z.int() }),
]);
export type ServiceState = z.infer<typeof serviceState>;

const fileOf = (place: ServicePlace): string => join(place.directory, 'state.json');

/** Others may go through it, to what lies in it and is theirs. Throws `service_failed` when it is there. */
export function makeServiceDirectory(place: ServicePlace): void {
  try {
    mkdirSync(place.directory, { mode: 0o700 });
    chmodSync(place.directory, 0o711);
  } catch (cause) {
    if (errnoCode(cause) !== 'EEXIST') throw cause;
    throw new CodedError(
      'service_failed',
      `${place.directory} is there already: this service is running, or was not stopped.`,
      { cause },
    );
  }
}

export function removeServiceDirectory(place: ServicePlace): void {
  rmSync(place.directory, { recursive: true, force: true, maxRetries: 3 });
}

export function writeState(place: ServicePlace, state: ServiceState): void {
  writeFileSync(fileOf(place), JSON.stringify(state), { mode: 0o600 });
}

/** Undefined when it was not started, or another account has put something in its place. */
export function readState(place: ServicePlace): ServiceState | undefined {
  const found = lstatSync(place.directory, { throwIfNoEntry: false });
  if (found === undefined || found.uid !== process.getuid?.()) return undefined;
  try {
    return serviceState.parse(JSON.parse(readFileSync(fileOf(place), 'utf8')));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
