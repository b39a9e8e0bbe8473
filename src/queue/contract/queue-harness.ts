import type { ServerQueue, WorkerQueue } from '../queue.ts';

/** What an adapter brings to the contract suite: a fresh, empty queue for each test, and hands to do to it what a network does. */
export interface QueueHarness extends AsyncDisposable {
  /** A server that is reached by every worker of this harness from now on, beside those that run already. */
  startServer(): Promise<RunningServer>;
  /** A worker with good credentials; its queue is closed by the harness. */
  connectWorker(name: string): WorkerQueue;
  /** A worker whose credentials nobody accepts. */
  connectStranger(): WorkerQueue;
  /** Cuts what connects workers and servers at this moment, without a word to either. */
  cutConnections(): Promise<void>;
}

export interface RunningServer {
  readonly queue: ServerQueue;
  /** What its handlers threw, as it was reported. */
  readonly handlerErrors: readonly unknown[];
  /** Ends as a killed process ends: nothing is finished, nobody is told. */
  crash(): Promise<void>;
}

export type MakeHarness = () => Promise<QueueHarness>;
