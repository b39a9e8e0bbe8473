/** What the contract suite needs of any broker: a world of its own for each test, with ways to the broker that can be cut. */
import { randomBytes } from 'node:crypto';
import { type CutProxy, type Rewrite, startCutProxy } from '../../../test/servers/cut-proxy.ts';
import { sealKeyFrom } from '../../lib/system/seal.ts';
import { generateSigningKey, signingKeyFrom } from '../../lib/system/signing.ts';
import type { WorkerCredentials } from '../../protocol/worker-token.ts';
import type { QueueHarness } from '../contract/queue-harness.ts';
import type { WorkerQueue } from '../queue.ts';
import type { Broker } from './broker.ts';
import { createBrokerServerQueue } from './broker-server-queue.ts';
import { createBrokerWorkerQueue } from './broker-worker-queue.ts';
import type { JudgeToken, ServerIdentity } from './handshake.ts';

export const makeIdentity = (): ServerIdentity => ({
  signing: signingKeyFrom(randomBytes(32)),
  sealing: sealKeyFrom(randomBytes(32)),
});

/** A token whose JWT is no more than the name it is good for, and the key. */
export function tokenFor(identity: ServerIdentity, name: string): WorkerCredentials {
  const { publicKey, seed } = generateSigningKey();
  return {
    version: 1,
    jwt: `${name} ${publicKey}`,
    seed,
    serverKey: identity.signing.publicKey,
    serverSealKey: identity.sealing.publicKey,
  };
}

export const judgeName: JudgeToken = async (jwt) => {
  const [name = '', key = ''] = jwt.split(' ');
  if (name === 'nobody') return { refused: 'the worker token is not accepted' };
  return { from: { worker: name }, key };
};

/** As quick as a busy machine lets them be: large messages hold up the signs of life behind them. */
export const QUICK = { backOffMs: { first: 5, most: 50 }, heartbeatMs: 600 };

/** `brokerAt` speaks to the broker of this port, which is `port` or a way to it. On that way `rewrite` changes what comes back. */
export async function makeBrokerHarness(
  port: number,
  brokerAt: (port: number) => Broker,
  rewrite?: Rewrite,
): Promise<QueueHarness> {
  const identity = makeIdentity();
  const closing: (() => Promise<void>)[] = [];
  const proxies: CutProxy[] = [];
  const way = async (): Promise<CutProxy> => {
    const proxy = await startCutProxy(port, rewrite);
    proxies.push(proxy);
    return proxy;
  };
  const ofWorkers = await way();
  const worker = (name: string): WorkerQueue => {
    const queue = createBrokerWorkerQueue({
      ...QUICK,
      broker: brokerAt(ofWorkers.port),
      credentials: tokenFor(identity, name),
      worker: name,
    });
    closing.push(() => queue.close());
    return queue;
  };
  return {
    async startServer() {
      const handlerErrors: unknown[] = [];
      const proxy = await way();
      const queue = createBrokerServerQueue({
        broker: brokerAt(proxy.port),
        identity,
        judge: judgeName,
        backOffMs: QUICK.backOffMs,
        onHandlerError: (error) => handlerErrors.push(error),
        retryMs: { first: 5, most: 20 },
      });
      await queue.ready;
      closing.push(() => queue.close({ graceMs: 0 }));
      return {
        queue,
        handlerErrors,
        async crash() {
          proxy.shut();
          queue.abandon();
          await queue.close({ graceMs: 0 });
        },
      };
    },
    connectWorker: worker,
    connectStranger: () => worker('nobody'),
    cutConnections: async () => {
      for (const proxy of proxies) proxy.cut();
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    },
  };
}
