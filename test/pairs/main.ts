/** `npm run pairs`: every pair of database and queue, and then docs/pairs.md. Arguments choose pairs (`sqlite+nats`, `mysql`); then the page stays as it is. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type PairResult, renderPage } from './page.ts';
import { allPairs } from './pairs.ts';
import { runPair } from './run-pair.ts';
import { shareServers } from './shared-servers.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/pairs.md');

const wanted = process.argv.slice(2);
const results: PairResult[] = [];
{
  await using servers = shareServers();
  for (const pair of allPairs()) {
    const { database, queue } = pair;
    const name = `${database.system}+${queue.system}`;
    const isWanted = wanted.some((word) => [name, database.system, queue.system].includes(word));
    if (wanted.length > 0 && !isWanted) continue;
    const lacking = [database, queue].find(({ needs }) => needs?.availability.available === false);
    if (lacking?.needs?.availability.available === false) {
      process.stdout.write(`${name}: not here, ${lacking.needs.availability.reason}\n`);
      continue;
    }
    const begun = performance.now();
    const troubles = await runPair(pair, await servers.of(pair)).catch((error: unknown) => [String(error)]);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    process.stdout.write(`${name}: ${troubles.length === 0 ? 'green' : 'NOT GREEN'} (${seconds} s)\n`);
    for (const trouble of troubles) process.stdout.write(`  ${trouble}\n`);
    results.push({ ...pair, troubles });
  }
}
if (wanted.length === 0) writeFileSync(PAGE, await renderPage(results));
process.exit(results.length === 0 || results.some(({ troubles }) => troubles.length > 0) ? 1 : 0);
