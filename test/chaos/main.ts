/** `npm run chaos -- --minutes 30 [--seed N] [--db SYSTEM] [--queue SYSTEM]`; docs/chaos.md says how to read it. */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BROKERS } from '../servers/brokers.ts';
import { networkPlaceAvailability } from '../servers/network-place.ts';
import { runChaos } from './chaos.ts';

const NOT_WITH_KAFKA = { available: false, reason: 'a Kafka says itself where it is' } as const;
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    db: { type: 'string', default: 'postgresql' },
    queue: { type: 'string', default: 'nats' },
    servers: { type: 'string' },
    workers: { type: 'string', default: '3' },
    lease: { type: 'string', default: '6' },
    blow: { type: 'string', default: '2' },
    trigger: { type: 'string', default: '1' },
    net: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const database = values.db === 'mariadb' ? 'mysql' : values.db;
if (database !== 'sqlite' && database !== 'postgresql' && database !== 'mysql') {
  process.stderr.write(`--db is sqlite, postgresql or mariadb, not ${values.db}\n`);
  process.exit(2);
}
const queues = ['http', ...BROKERS.map(({ system }) => system)];
if (!queues.includes(values.queue)) {
  process.stderr.write(`--queue is one of ${queues.join(', ')}, not ${values.queue}\n`);
  process.exit(2);
}
if (values.net !== undefined && values.net !== 'cables' && values.net !== 'proxies') {
  process.stderr.write(`--net is cables or proxies, not ${values.net}\n`);
  process.exit(2);
}
const cables = await haveCables();
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const directory = join(tmpdir(), `chaos-${seed}-${process.pid}`);
mkdirSync(directory);
const forMs = Number(values.minutes) * 60_000;
const result = await runChaos(
  {
    ...{ directory, database, queue: values.queue, cables, seed, forMs },
    servers: Number(values.servers ?? (database === 'sqlite' ? 1 : 2)),
    workers: Number(values.workers),
    leaseMs: Number(values.lease) * 1_000,
    blowEveryMs: Number(values.blow) * 1_000,
    triggerEveryMs: Number(values.trigger) * 1_000,
    mostTriggers: Number.POSITIVE_INFINITY,
    restMs: 180_000,
  },
  (line) => process.stdout.write(`${line}\n`),
);
process.stdout.write(`\n${result.builds} builds in ${result.attempts} attempts, ${result.blows} blows, seed ${seed}\n`);
for (const line of result.broken) process.stdout.write(`BROKEN  ${line}\n`);
if (result.broken.length > 0 || values.keep) process.stdout.write(`everything lies in ${directory}\n`);
else rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
process.exit(result.broken.length > 0 ? 1 : 0);

/** A Kafka tells its clients where it is: from another network that is nowhere. */
async function haveCables(): Promise<boolean> {
  const found = values.queue === 'kafka' ? NOT_WITH_KAFKA : await networkPlaceAvailability();
  if (!found.available && values.net === 'cables') {
    process.stderr.write(`--net cables: ${found.reason}\n`);
    process.exit(2);
  }
  if (!found.available) process.stdout.write(`proxies alone are cut: ${found.reason}\n`);
  return found.available && values.net !== 'proxies';
}
