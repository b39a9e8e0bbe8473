/** Does what a schedule says to a world. */
import { readFileSync } from 'node:fs';
import { pids, readProc, signalTo } from '../servers/stand-still.ts';
import type { SleepRecord } from './records.ts';
import { describeBlow, type Planned, type Target } from './schedule.ts';
import type { World } from './world.ts';

export interface Blows {
  /** Resolves when the last of them is over, and everything runs and is connected again. */
  run(schedule: readonly Planned[]): Promise<void>;
  readonly sleeps: readonly SleepRecord[];
  /** Builds of which a process was killed. */
  readonly struck: ReadonlySet<string>;
  /** Workers that were told to leave: what they ran is cancelled, or taken back. */
  readonly left: ReadonlySet<string>;
}

/** For a worker that drains: the longest build takes less. */
const DRAIN_MS = 60_000;

export function createBlows(world: World, tell: (text: string) => void, random: () => number): Blows {
  const sleeps: SleepRecord[] = [];
  const [struck, left] = [new Set<string>(), new Set<string>()];
  /** What happens to one of them happens one after the other, even when one takes longer than was planned. */
  const queues = new Map<string, Promise<void>>();
  /** Brokers and databases take their time to start on a busy machine: one that is not back is left alone, or it would be away for all of the run. */
  const away = new Set<string>();

  const placeOf = (target: Target): World['servers'][number] | World['workers'][number] | undefined => {
    if (target.kind === 'server') return world.servers[target.number];
    return target.kind === 'worker' ? world.workers[target.number] : undefined;
  };

  /** Gives what lets it go on. */
  function stop(target: Target, all: boolean): () => void {
    if (target.kind === 'database') return world.database?.pause() ?? (() => undefined);
    if (target.kind !== 'broker') return placeOf(target)?.program.pause(all) ?? (() => undefined);
    world.broker?.pause();
    return () => world.broker?.resume();
  }

  async function strike(blow: Planned): Promise<void> {
    const program = blow.kind === 'net' ? undefined : placeOf(blow.target)?.program;
    switch (blow.kind) {
      case 'kill':
        if (blow.target.kind === 'step') return killStep();
        if (blow.target.kind === 'guard') return killGuard(world.workers[blow.target.number]?.dataDir ?? '');
        if (program !== undefined) {
          await program.end('SIGKILL');
          await Bun.sleep(blow.forMs);
          program.start();
        } else if (blow.target.kind === 'broker') {
          await world.broker?.kill9();
          await Bun.sleep(blow.forMs);
          await world.broker?.start();
        } else {
          await world.database?.stop();
          await Bun.sleep(blow.forMs);
          await world.database?.start();
        }
        return;
      case 'end': {
        if (blow.target.kind === 'worker') left.add(`worker-${blow.target.number}`);
        const late = await program?.end(blow.signal, DRAIN_MS);
        if (late) tell(`${program?.name} did not end within ${DRAIN_MS} ms of ${blow.signal}`);
        await Bun.sleep(blow.forMs);
        program?.start();
        return;
      }
      case 'pause': {
        const goOn = stop(blow.target, blow.all);
        await Bun.sleep(blow.forMs);
        if (blow.all && program !== undefined) sleeps.push({ worker: program.name, until: bootSeconds() });
        goOn();
        return;
      }
      case 'pull': {
        const { network } = placeOf(blow.target) ?? {};
        await network?.pull();
        await Bun.sleep(blow.forMs);
        await network?.plug();
        return;
      }
      case 'net': {
        const { from, number, to } = blow.way;
        const server = world.servers[number];
        const way =
          from === 'worker' ? world.workers[number]?.queue : to === 'queue' ? server?.queue : server?.database;
        way?.[blow.how]();
        if (blow.how === 'cut') return;
        await Bun.sleep(blow.forMs);
        way?.open();
      }
    }
  }

  /** One of the processes that run in a build's name. */
  function killStep(): void {
    const found = pids().flatMap((pid) => {
      const environ = readProc(pid, 'environ');
      const build = /(?:^|\0)BUILD_ID=([^\0]+)/.exec(environ)?.[1];
      return build !== undefined && environ.includes(world.ledger.replace(/\/ledger$/, '')) ? [{ pid, build }] : [];
    });
    const one = found[Math.floor(random() * found.length)];
    if (one === undefined) return;
    struck.add(one.build);
    tell(
      `kill -9 ${one.pid} of build ${one.build}: ${readProc(one.pid, 'cmdline').replaceAll('\0', ' ').slice(0, 100)}`,
    );
    signalTo(one.pid, 'SIGKILL');
  }

  function killGuard(dataDir: string): void {
    for (const pid of pids()) {
      const command = readProc(pid, 'cmdline');
      if (command.startsWith('/bin/sh\0') && command.includes(`"dataDir":"${dataDir}"`)) signalTo(pid, 'SIGKILL');
    }
  }

  return {
    sleeps,
    struck,
    left,
    async run(schedule) {
      const begun = performance.now();
      for (const blow of schedule) {
        await Bun.sleep(Math.max(0, begun + blow.atMs - performance.now()));
        const name = blow.kind === 'net' ? JSON.stringify(blow.way) : JSON.stringify(blow.target);
        if (away.has(name)) {
          tell(`left out, it is not back yet: ${describeBlow(blow)}`);
          continue;
        }
        tell(describeBlow(blow));
        const isBackend = blow.kind !== 'net' && (blow.target.kind === 'broker' || blow.target.kind === 'database');
        if (isBackend) away.add(name);
        const before = queues.get(name) ?? Promise.resolve();
        queues.set(
          name,
          before.then(() => strike(blow)).then(() => void away.delete(name)),
        );
      }
      await Promise.all(queues.values());
    },
  };
}

function bootSeconds(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
}
