import { setTimeout as delay } from 'node:timers/promises';
import { startPikoci } from './pikoci-server.ts';
import { cpuTicks, familyOf, proportionalMb, residentMb, TICKS_PER_SECOND } from './proc.ts';
import { workplace } from './program.ts';
import type { Suite } from './suite.ts';

const SETTLE_MS = 3_000;
const WATCH_MS = 3_000;

/** What a server and its worker cost while nothing happens. */
export const idle: Suite = {
  about: 'memory and processor time of a server and its worker that have nothing to do',
  async run({ runs }) {
    const [server, worker, together, processor]: number[][] = [[], [], [], []];
    for (let run = 0; run < runs; run++) {
      using place = workplace();
      await using running = await startPikoci(place, []);
      await delay(SETTLE_MS);
      const family = familyOf(running.pid);
      const before = cpuTicks(family);
      await delay(WATCH_MS);
      const seconds = (cpuTicks(family) - before) / TICKS_PER_SECOND;
      processor?.push((seconds / (WATCH_MS / 1_000)) * 100);
      server?.push(residentMb([running.pid]));
      worker?.push(residentMb(family.filter((pid) => pid !== running.pid)));
      together?.push(proportionalMb(family));
    }
    return [
      { name: 'idle: server, resident', unit: 'MB', samples: server ?? [] },
      { name: 'idle: its worker, resident', unit: 'MB', samples: worker ?? [] },
      { name: 'idle: both, shared pages once', unit: 'MB', samples: together ?? [] },
      { name: 'idle: both, processor', unit: '% of a core', samples: processor ?? [] },
    ];
  },
};
