/**
 * A network of its own for a process: a namespace, and a cable from there to the machine around it, which can be pulled out. Then packets are lost without a word to either side, as when
 * a machine loses its network; a proxy cannot do that.
 */

import type { Availability } from './required.ts';
import { mustRun, runCommand } from './run-command.ts';

export interface NetworkPlace extends AsyncDisposable {
  /** The address of the machine around it, as seen from inside. */
  readonly around: string;
  /** Its own, as seen from both sides. */
  readonly own: string;
  /** The same command, inside. */
  readonly enter: (command: readonly [string, ...string[]]) => [string, ...string[]];
  pull(): Promise<void>;
  plug(): Promise<void>;
}

const ip = (...args: readonly string[]): Promise<string> => mustRun('ip', args);

let made = 0;

/** Whether this machine lets us make one. It takes root, and a kernel that has namespaces and pairs of cables. */
export async function networkPlaceAvailability(): Promise<Availability> {
  try {
    await using place = await makeNetworkPlace();
    await mustRun(...commandOf(place.enter(['true'])));
    return { available: true };
  } catch (error) {
    return {
      available: false,
      reason: `ip netns does not work here: ${error instanceof Error ? error.message : error}`,
    };
  }
}

const commandOf = ([program, ...args]: [string, ...string[]]): [string, string[]] => [program, args];

export async function makeNetworkPlace(): Promise<NetworkPlace> {
  made += 1;
  const name = `pk${process.pid}x${made}`;
  const net = await freeNet();
  const [around, own] = [`${net}.1`, `${net}.2`];
  await ip('netns', 'add', name);
  try {
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await ip('addr', 'add', `${around}/30`, 'dev', name);
    await ip('link', 'set', name, 'up');
    await ip('-n', name, 'addr', 'add', `${own}/30`, 'dev', 'eth0');
    await ip('-n', name, 'link', 'set', 'lo', 'up');
    await ip('-n', name, 'link', 'set', 'eth0', 'up');
  } catch (error) {
    await ip('netns', 'del', name);
    throw error;
  }
  return {
    ...{ around, own },
    // Of the network alone: `ip netns exec` would hide the cgroups, too.
    enter: (command) => ['nsenter', `--net=/run/netns/${name}`, ...command],
    pull: async () => void (await ip('-n', name, 'link', 'set', 'eth0', 'down')),
    plug: async () => void (await ip('-n', name, 'link', 'set', 'eth0', 'up')),
    async [Symbol.asyncDispose]() {
      // The cable goes with it.
      await ip('netns', 'del', name);
    },
  };
}

/** The first three numbers of addresses that nobody on this machine has. */
async function freeNet(): Promise<string> {
  const { stdout: taken } = await runCommand('ip', ['-4', '-o', 'addr']);
  for (let tries = 0; tries < 1_000; tries += 1) {
    const net = `10.${64 + ((process.pid + tries) % 128)}.${made % 250}`;
    if (!taken.includes(` ${net}.`)) return net;
  }
  throw new Error('no network is free');
}
