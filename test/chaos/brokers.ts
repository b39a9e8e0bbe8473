/** The brokers that a run of chaos can have, each started for it alone. */
import { natsAvailability, startNatsServer } from '../servers/nats-server.ts';
import type { Availability, OptionalServer } from '../servers/required.ts';

export interface ChaosBroker extends AsyncDisposable {
  readonly port: number;
  /** What tells a server or a worker where it is, when it is reached by that port. */
  environment(port: number): Readonly<Record<string, string>>;
  kill9(): Promise<void>;
  start(): Promise<void>;
}

interface BrokerKind {
  readonly server: OptionalServer;
  readonly availability: () => Availability;
  readonly start: () => Promise<ChaosBroker>;
}

/** By what `--pubsub-system` says. With `http` the servers are the queue themselves. */
export const BROKER_KINDS: Readonly<Record<string, BrokerKind>> = {
  nats: {
    server: 'nats',
    availability: natsAvailability,
    start: async () => ({
      ...(await startNatsServer()),
      environment: (port) => ({ NATS_SERVER_URL: `nats://127.0.0.1:${port}` }),
    }),
  },
};

export async function startBroker(queue: string): Promise<ChaosBroker | undefined> {
  if (queue === 'http') return undefined;
  const kind = BROKER_KINDS[queue];
  if (kind === undefined) {
    throw new Error(`no broker is known for --queue ${queue}; there are http, ${Object.keys(BROKER_KINDS).join(', ')}`);
  }
  return await kind.start();
}
