export type Ending = 'stop' | 'drain';

/**
 * How this process was asked to end: SIGINT and SIGTERM are `stop`, SIGQUIT is `drain`. A second SIGINT or SIGTERM does not wait: the process
 * ends at once, and what it leaves is settled at the next start.
 */
export function untilSignal(): Promise<Ending> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve('stop');
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    process.on('SIGQUIT', () => resolve('drain'));
    process.on('SIGHUP', stop);
  });
}
