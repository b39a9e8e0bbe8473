import type { ServerKept, ServerRecord, ServerStore } from '../servers.ts';
import { orUndefined, type SqlContext, write } from './context.ts';
import type { Db, Schema } from './schema.ts';

/** Who registers. */
const REGISTER = 'register of servers';
/** One that was not heard of for so long is forgotten. */
const FORGOTTEN_MS = 3_600_000;

export function createServerStore(context: SqlContext): ServerStore {
  const { db, dialect, clock } = context;
  return {
    keepServer: (server, leaseMs) =>
      write(context, async (trx): Promise<ServerKept> => {
        await lockRegister(trx, context);
        const now = await dialect.leaseClock(trx, clock.now());
        await trx
          .deleteFrom('servers')
          .where('id', '!=', server.id)
          .where((eb) =>
            eb.or([
              eb('place', '=', server.place),
              eb('last_seen_at', '<', now - FORGOTTEN_MS),
              ...(server.sole ? [eb('id', '!=', server.id)] : []),
            ]),
          )
          .execute();
        const rows = await trx
          .selectFrom('servers')
          .selectAll()
          .where('id', '!=', server.id)
          .where('lease_until', '>=', now)
          .orderBy('name')
          .execute();
        for (const row of rows) {
          const why = whyNot(server, row);
          if (why !== undefined) {
            return { kind: 'refused', why, by: recordOf(row, now), leftMs: row.lease_until - now };
          }
        }
        const values = {
          place: server.place,
          name: server.name,
          version: server.version,
          address: server.address,
          queue: server.queue,
          exclusive: server.exclusive ?? null,
          keys_digest: server.keysDigest,
          started_at: server.startedAt,
          last_seen_at: now,
          lease_until: now + leaseMs,
        };
        await trx.deleteFrom('servers').where('id', '=', server.id).execute();
        await trx
          .insertInto('servers')
          .values({ id: server.id, ...values })
          .execute();
        return { kind: 'kept', others: rows.map((row) => recordOf(row, now)), now };
      }),

    leaveServer: async (id) => {
      await db.deleteFrom('servers').where('id', '=', id).execute();
    },

    listServers: async () => {
      const now = await dialect.leaseClock(db, clock.now());
      const rows = await db
        .selectFrom('servers')
        .selectAll()
        .where('last_seen_at', '>=', now - FORGOTTEN_MS)
        .orderBy('name')
        .orderBy('started_at')
        .execute();
      return rows.map((row) => recordOf(row, now));
    },

    takeLease: (name, holder, leaseMs) =>
      write(context, async (trx) => {
        const now = await dialect.leaseClock(trx, clock.now());
        const lease = { holder, lease_until: now + leaseMs };
        const taken = await trx
          .updateTable('leases')
          .set(lease)
          .where('id', '=', name)
          .where((eb) => eb.or([eb('holder', '=', holder), eb('lease_until', '<', now)]))
          .executeTakeFirst();
        if (taken.numUpdatedRows === 1n) return true;
        const made = await dialect
          .ignoreTaken(trx.insertInto('leases').values({ id: name, ...lease }))
          .executeTakeFirst();
        return made.numInsertedOrUpdatedRows === 1n;
      }),

    releaseLease: async (name, holder) => {
      await db.deleteFrom('leases').where('id', '=', name).where('holder', '=', holder).execute();
    },
  };
}

/** Its row is made once and stays. */
async function lockRegister(trx: Db, { dialect }: SqlContext): Promise<void> {
  const there = await trx.selectFrom('leases').select('id').where('id', '=', REGISTER).executeTakeFirst();
  if (there === undefined) {
    await dialect
      .ignoreTaken(trx.insertInto('leases').values({ id: REGISTER, holder: '', lease_until: 0 }))
      .executeTakeFirst();
  }
  await dialect.lockRow(trx, 'leases', REGISTER);
}

function whyNot(
  mine: { readonly exclusive?: string | undefined; readonly keysDigest: string },
  other: Schema['servers'],
): Extract<ServerKept, { kind: 'refused' }>['why'] | undefined {
  if (other.exclusive !== null) return 'it_is_exclusive';
  if (mine.exclusive !== undefined) return 'we_are_exclusive';
  return other.keys_digest === mine.keysDigest ? undefined : 'other_keys';
}

function recordOf(row: Schema['servers'], now: number): ServerRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    address: row.address,
    queue: row.queue,
    exclusive: orUndefined(row.exclusive),
    startedAt: row.started_at,
    lastSeenAt: row.last_seen_at,
    running: row.lease_until >= now,
  };
}
