/** Says one command to the database that its argument names, and then that it was done. */
import { createMongoStore, type MongoStoreOptions } from './mongo-store.ts';

const store = createMongoStore(JSON.parse(process.argv[2] ?? '') as MongoStoreOptions);
await store.ensureTeam('of the killed one');
process.stdout.write('done\n');
process.exit(0);
