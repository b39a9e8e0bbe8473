/** Ports of this worker that builds insist on: two builds that want the same one wait for each other. */
import { interruptOf } from '../engine/interrupt.ts';

export interface PortRoom {
  /**
   * Takes all of these ports in one go, so that two builds never hold what the other waits for; who asked first is served first.
   * `waits` hears who holds what is wanted, and again when that is another. Rejects with the interrupt when `signal` aborts.
   */
  take(wanted: PortWish, signal: AbortSignal): Promise<Disposable>;
}

export interface PortWish {
  readonly ports: readonly number[];
  /** Names the build, for whoever waits for it. */
  readonly holder: string;
  readonly waits: (port: number, holder: string) => void;
}

export function createPortRoom(): PortRoom {
  const held = new Map<number, string>();
  const queue: { readonly wish: PortWish; said: string; readonly grant: () => void }[] = [];

  function serve(): void {
    // Ports that somebody earlier in the queue waits for are not given to those behind.
    const wanted = new Map<number, string>();
    for (const waiting of [...queue]) {
      const { ports, holder } = waiting.wish;
      const taken = ports.find((port) => held.has(port) || wanted.has(port));
      if (taken === undefined) {
        queue.splice(queue.indexOf(waiting), 1);
        for (const port of ports) held.set(port, holder);
        waiting.grant();
        continue;
      }
      const by = held.get(taken) ?? wanted.get(taken) ?? '';
      if (waiting.said !== `${taken} ${by}`) waiting.wish.waits(taken, by);
      waiting.said = `${taken} ${by}`;
      for (const port of ports) if (!wanted.has(port)) wanted.set(port, holder);
    }
  }

  function release(ports: readonly number[]): void {
    for (const port of ports) held.delete(port);
    serve();
  }

  return {
    take(wish, signal) {
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          serve();
          reject(interruptOf(signal));
        };
        const grant = (): void => {
          signal.removeEventListener('abort', leave);
          resolve({ [Symbol.dispose]: () => release(wish.ports) });
        };
        const waiting = { wish, said: '', grant };
        if (signal.aborted) return reject(interruptOf(signal));
        signal.addEventListener('abort', leave, { once: true });
        queue.push(waiting);
        serve();
      });
    },
  };
}
