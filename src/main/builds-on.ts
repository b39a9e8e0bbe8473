import type { Store } from '../store/store.ts';

/** As many as a line of a log bears. */
const SHOWN = 20;

/** The builds that run on a worker, by their names. */
export async function buildsOn(store: Store, worker: string): Promise<readonly string[]> {
  const { items } = await store.listBuilds({ status: ['running'], limit: SHOWN });
  const details = await Promise.all(items.map(({ id }) => store.getBuild(id)));
  return details.flatMap((build) =>
    build?.attemptList.at(-1)?.workerId === worker ? [`${build.pipeline}/${build.job} #${build.number}`] : [],
  );
}
