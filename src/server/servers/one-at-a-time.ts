import type { ServerStore } from '../../store/servers.ts';

/** What need not be done by every server of a database: by one at a time, for as long as it goes on. `leaseMs` is well over what one run takes. */
export type OneAtATime = (
  name: string,
  leaseMs: number,
  run: () => Promise<number | undefined>,
) => () => Promise<number | undefined>;

export function createOneAtATime(store: Pick<ServerStore, 'takeLease'>, holder: string): OneAtATime {
  return (name, leaseMs, run) => async () => ((await store.takeLease(name, holder, leaseMs)) ? await run() : undefined);
}
