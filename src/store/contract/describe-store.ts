/**
 * What every store must do, whatever is behind it. An adapter's test file calls this with a way to make an empty database.
 */
import { afterEach, describe } from 'bun:test';
import { approvalsContract } from './approvals-contract.ts';
import { artifactsContract } from './artifacts-contract.ts';
import { buildsContract } from './builds-contract.ts';
import { eventsContract } from './events-contract.ts';
import { factsContract } from './facts-contract.ts';
import { grantTableContract } from './grant-table-contract.ts';
import { grantsContract } from './grants-contract.ts';
import { identityContract } from './identity-contract.ts';
import { leasesContract } from './leases-contract.ts';
import { pipelinesContract } from './pipelines-contract.ts';
import { randomContract } from './random-contract.ts';
import { registryContract } from './registry-contract.ts';
import { repositoriesContract } from './repositories-contract.ts';
import { repositoryBuildsContract } from './repository-builds-contract.ts';
import { resourceHooksContract } from './resource-hooks-contract.ts';
import { resourcesContract } from './resources-contract.ts';
import { restartContract } from './restart-contract.ts';
import { retentionContract } from './retention-contract.ts';
import { revisionsContract } from './revisions-contract.ts';
import { secretsContract } from './secrets-contract.ts';
import { serversContract } from './servers-contract.ts';
import { signInContract } from './sign-in-contract.ts';
import { testsContract } from './tests-contract.ts';
import { workersContract } from './workers-contract.ts';
import { type Database, type Open, TestClock, World } from './world.ts';

export function describeStore(
  name: string,
  options: { readonly keeps: boolean },
  create: () => Promise<Database>,
): void {
  describe(name, () => {
    const opened: { readonly world: World; readonly database: Database }[] = [];

    const open: Open = async () => {
      const database = await create();
      const clock = new TestClock();
      const store = await database.open(clock);
      const world = new World(store, clock);
      opened.push({ world, database });
      await store.migrate();
      return world;
    };

    afterEach(async () => {
      for (const { world, database } of opened.splice(0)) {
        await world.store.close();
        await database.dispose();
      }
    });

    registryContract(open);
    workersContract(open);
    pipelinesContract(open);
    revisionsContract(open);
    resourcesContract(open);
    buildsContract(open);
    approvalsContract(open);
    retentionContract(open);
    factsContract(open);
    grantsContract(open);
    grantTableContract(open);
    eventsContract(open);
    leasesContract(open);
    testsContract(open);
    artifactsContract(open);
    secretsContract(open);
    identityContract(open);
    signInContract(open);
    serversContract(open);
    repositoriesContract(open);
    resourceHooksContract(open);
    repositoryBuildsContract(open);
    randomContract(open);
    if (options.keeps) restartContract(create);
  });
}
