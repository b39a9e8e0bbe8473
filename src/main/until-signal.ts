export type Ending = 'stop' | 'drain';

export interface AskedToEnd {
  /** How this process was first asked to end. */
  readonly first: Promise<Ending>;
  /** It was asked to stop, at first or while it drains. */
  readonly stop: AbortSignal;
  /** From now on SIGTERM drains, as SIGQUIT does; while it drains already it stops. */
  drainOnTerm(): void;
}

/**
 * SIGINT, SIGTERM and SIGHUP are `stop`, SIGQUIT is `drain`. One that is asked to stop while it drains stops. Asked to stop a second time it does not wait: the
 * process ends at once, and what it leaves is settled at the next start.
 */
export function untilSignal(): AskedToEnd {
  const first = Promise.withResolvers<Ending>();
  const stop = new AbortController();
  let termDrains = false;
  let draining = false;
  const onStop = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    first.resolve('stop');
  };
  const onDrain = (): void => {
    draining = true;
    first.resolve('drain');
  };
  process.on('SIGINT', onStop);
  process.on('SIGHUP', onStop);
  process.on('SIGTERM', () => (termDrains && !draining ? onDrain() : onStop()));
  process.on('SIGQUIT', onDrain);
  return {
    first: first.promise,
    stop: stop.signal,
    drainOnTerm: () => {
      termDrains = true;
    },
  };
}
