/**
 * What the threads of a worker share (fence.ts, stand-in.ts): a few numbers, and a table of the processes that run. Both are memory, so that
 * no thread ever waits for another, and starting a process costs no message.
 */
import { cgroupFor } from '../lib/system/cgroup.ts';
import { bootId } from '../lib/system/process-table.ts';
import type { ProcessTraces } from '../lib/system/process-tree.ts';

/** Far more than a machine can run steps at once. What has no place in it is only found by the main thread. */
const PLACES = 4_096;
const NUMBERS = { confirmedAtMs: 0, limitMs: 1, armed: 2, fired: 3, beatAtMs: 4, renewals: 5 } as const;
const NUMBERS_BYTES = 64;
/** Cookie, pid, start ticks; a cookie of 0 is a free place. */
const FIELDS = 3;

export interface FenceTable {
  readonly memory: SharedArrayBuffer;
  get(name: keyof typeof NUMBERS): number;
  set(name: keyof typeof NUMBERS, value: number): void;
  track(traces: ProcessTraces): void;
  untrack(cookie: string): void;
  tracked(): ProcessTraces[];
}

/** With the memory of another table: the same table, seen from another thread. Only one thread may track. */
export function createFenceTable(
  memory: SharedArrayBuffer = new SharedArrayBuffer(NUMBERS_BYTES + PLACES * FIELDS * 8),
): FenceTable {
  const numbers = new Float64Array(memory, 0, Object.keys(NUMBERS).length);
  const places = new BigUint64Array(memory, NUMBERS_BYTES, PLACES * FIELDS);
  const placeOf = new Map<string, number>();
  const free = Array.from({ length: PLACES }, (_, index) => PLACES - 1 - index);
  return {
    memory,
    get: (name) => numbers[NUMBERS[name]] ?? 0,
    set(name, value) {
      numbers[NUMBERS[name]] = value;
    },
    track({ cookie, main }) {
      const place = free.pop();
      if (place === undefined) return;
      placeOf.set(cookie, place);
      places[place * FIELDS + 1] = BigInt(main?.pid ?? 0);
      places[place * FIELDS + 2] = BigInt(main?.startTicks ?? 0);
      // Last: with it the place counts.
      Atomics.store(places, place * FIELDS, BigInt(`0x${cookie}`));
    },
    untrack(cookie) {
      const place = placeOf.get(cookie);
      if (place === undefined) return;
      placeOf.delete(cookie);
      free.push(place);
      Atomics.store(places, place * FIELDS, 0n);
    },
    tracked() {
      const found: ProcessTraces[] = [];
      for (let place = 0; place < PLACES; place += 1) {
        const value = Atomics.load(places, place * FIELDS);
        if (value === 0n) continue;
        const cookie = value.toString(16).padStart(16, '0');
        const pid = Number(places[place * FIELDS + 1]);
        const main = pid === 0 ? undefined : { pid, startTicks: Number(places[place * FIELDS + 2]) };
        found.push({ cookie, bootId: bootId(), cgroup: cgroupFor(cookie), main });
      }
      return found;
    },
  };
}
