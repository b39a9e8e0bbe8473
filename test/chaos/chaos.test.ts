/** A short run, always of one seed; `npm run chaos` makes long ones. */
import { expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { natsAvailability } from '../servers/nats-server.ts';
import { networkPlaceAvailability } from '../servers/network-place.ts';
import { pikociAvailability } from '../servers/pikoci.ts';
import { postgresAvailability } from '../servers/postgres-local.ts';
import { testWith } from '../servers/required.ts';
import { runChaos } from './chaos.ts';

const test = testWith({ executable: pikociAvailability(), postgres: postgresAvailability(), nats: natsAvailability() });

const SEED = 9;
const { available: cables } = await networkPlaceAvailability();

test('whatever is killed, nothing is lost, nothing is done twice, and nothing is left', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chaos-'));
  const result = await runChaos(
    {
      ...{ directory, database: 'postgresql', queue: 'nats', servers: 2, workers: 3, cables, seed: SEED },
      ...{ leaseMs: 8_000, forMs: 25_000, blowEveryMs: 1_500, triggerEveryMs: 500, mostTriggers: 45, restMs: 150_000 },
    },
    () => undefined,
  );
  const { broken, timeline } = result;
  if (broken.length > 0) console.error(`seed ${SEED}, everything lies in ${directory}:\n${timeline.join('\n')}`);
  expect(broken).toEqual([]);
  expect(result.builds).toBeGreaterThan(15);
  expect(result.blows).toBeGreaterThan(10);
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}, 240_000);
