/** A MongoDB with users, for tests of the whole program: it is asked in SQL, as the other databases are, by a copy of what lies in it. */

import { sql } from 'kysely';
import { MongoClient } from 'mongodb';
import { openMongo } from '../../../src/store/mongodb/mongo-store.ts';
import type { DatabaseServer } from '../../e2e/database-servers.ts';
import { startMongoGate } from './mongo-gate.ts';
import { startMongoServer } from './mongo-server.ts';
import { judgeByUsers, type MongoUser } from './mongo-users.ts';

/** A word that stands nowhere else, to be looked for where it must not be. */
const PASSWORD = 'open-sesame';

export interface MongoDatabaseServer extends DatabaseServer {
  addUser(name: string, user: MongoUser): void;
}

export async function startMongoDatabaseServer(): Promise<MongoDatabaseServer> {
  const server = await startMongoServer();
  const gate = await startMongoGate(server.port);
  const users = new Map<string, MongoUser>([['pikoci', { password: PASSWORD }]]);
  gate.judge = judgeByUsers(users);
  const { host } = server;
  return {
    ...{ host, port: gate.port, user: 'pikoci', password: PASSWORD },
    url: `mongodb://pikoci:${PASSWORD}@${host}:${gate.port}/`,
    addUser: (name, user) => void users.set(name, user),
    async query(text, database = 'admin') {
      // It makes databases by itself.
      if (text.startsWith('create database')) return '';
      const [, foreign] = /^create table (\w+)/.exec(text) ?? [];
      if (foreign !== undefined) {
        await using client = await new MongoClient(server.url).connect();
        await client.db(database).createCollection(foreign);
        return '';
      }
      const { db } = openMongo({ host, port: server.port, user: 'pikoci', database, foldAfterMs: 'never' });
      try {
        const { rows } = await sql.raw<Record<string, unknown>>(text).execute(db);
        return rows.map((row) => `${Object.values(row).join('|')}\n`).join('');
      } finally {
        await db.destroy();
      }
    },
    async stop() {
      await gate.shut();
      await server.stop();
    },
    async start() {
      await server.start();
      await gate.open();
    },
    pause: server.pause,
    async [Symbol.asyncDispose]() {
      await gate[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
