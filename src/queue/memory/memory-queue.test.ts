import { describeQueue } from '../contract/describe-queue.ts';
import type { QueueHarness } from '../contract/queue-harness.ts';
import type { WorkerQueue } from '../queue.ts';
import { createMemoryQueue } from './memory-queue.ts';

describeQueue('memory', async (): Promise<QueueHarness> => {
  const hub = createMemoryQueue();
  const closing: (() => Promise<void>)[] = [];
  const kept = (worker: WorkerQueue): WorkerQueue => {
    closing.push(() => worker.close());
    return worker;
  };
  return {
    async startServer() {
      const handlerErrors: unknown[] = [];
      const queue = hub.server({
        onHandlerError: (error) => handlerErrors.push(error),
        retryMs: { first: 5, most: 20 },
      });
      closing.push(() => queue.close({ graceMs: 0 }));
      return {
        queue,
        handlerErrors,
        crash: async () => {
          const closed = queue.close({ graceMs: 0 });
          hub.cutConnections();
          await closed;
        },
      };
    },
    connectWorker: (name) => kept(hub.worker({ worker: name })),
    connectStranger: () => kept(hub.worker(undefined)),
    cutConnections: async () => hub.cutConnections(),
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
});
