/** Artifacts of builds and caches of pipelines. */
import { type AttemptId, newId } from '../../lib/ids.ts';
import type { AttemptEvent } from '../../protocol/events.ts';
import type { ArtifactRecord, ArtifactStore, CacheRecord, CacheScope } from '../artifacts.ts';
import { isLive } from './attempt-end.ts';
import type { LiveBuild } from './build-moves.ts';
import { portions, type SqlContext, write } from './context.ts';
import type { Db, Schema } from './schema.ts';

/** Behind every key that begins with a prefix, as bytes are compared. */
const LAST_CHARACTER = '\u{10FFFF}';
const TRIM_BATCH = 200;

/**
 * Recorded when it is told, like a version: it is there even if the worker dies on the next step. Only of blobs that this attempt brought: who has but
 * heard of a digest, from another team even, does not get at what it names.
 */
export async function saveArtifactEvent(
  trx: Db,
  attempt: AttemptId,
  build: Pick<LiveBuild, 'id'>,
  event: Extract<AttemptEvent, { kind: 'artifact' }>,
): Promise<void> {
  const { name, resource, step, digest, size, entries, unpackedSize, indexDigest } = event;
  for (const blob of [digest, indexDigest]) if (!(await hasBrought(trx, attempt, blob))) return;
  const { team_id } = await trx
    .selectFrom('builds')
    .select('team_id')
    .where('id', '=', build.id)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('artifacts')
    .values({
      id: newId(),
      build_id: build.id,
      team_id,
      ...{ name, resource, step, digest, size, entries },
      unpacked_size: unpackedSize,
      index_digest: indexDigest,
      created_at: event.at,
    })
    .execute();
}

async function hasBrought(db: Db, attempt: AttemptId, digest: string): Promise<boolean> {
  const row = await db
    .selectFrom('brought_blobs')
    .select('digest')
    .where('attempt_id', '=', attempt)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row !== undefined;
}

export function createArtifactStore(context: SqlContext): ArtifactStore {
  const { db, dialect } = context;

  const ofScope = ({ pipelineId, scope }: CacheScope) =>
    db.selectFrom('caches').selectAll().where('pipeline_id', '=', pipelineId).where('scope', '=', scope);

  async function lookUp(
    scope: CacheScope,
    { key, prefixes }: { readonly key: string; readonly prefixes: readonly string[] },
  ): Promise<Schema['caches'] | undefined> {
    const exact = await ofScope(scope).where('cache_key', '=', key).executeTakeFirst();
    if (exact !== undefined) return exact;
    for (const prefix of prefixes) {
      const newest = await ofScope(scope)
        .where('cache_key', '>=', prefix)
        .where('cache_key', '<', prefix + LAST_CHARACTER)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (newest !== undefined) return newest;
    }
    return undefined;
  }

  return {
    async attemptPlace(id: AttemptId) {
      const row = await db
        .selectFrom('attempts')
        .innerJoin('builds', 'builds.id', 'attempts.build_id')
        .select(['attempts.worker_id', 'attempts.fencing', 'attempts.status', 'attempts.number'])
        .innerJoin('pipelines', 'pipelines.id', 'builds.pipeline_id')
        .select(['builds.id as build_id', 'builds.pipeline_id', 'builds.team_id', 'pipelines.fork'])
        .select(['builds.attempts', 'builds.status as build_status'])
        .where('attempts.id', '=', id)
        .executeTakeFirst();
      return (
        row && {
          workerId: row.worker_id,
          fencing: row.fencing,
          inForce: isLive(row.status) && row.build_status === 'running' && row.attempts === row.number,
          buildId: row.build_id,
          pipelineId: row.pipeline_id,
          teamId: row.team_id,
          fork: row.fork === 1,
        }
      );
    },

    async listArtifacts(buildId) {
      // Ids go up with time: the last of a name is the newest.
      const rows = await db
        .selectFrom('artifacts')
        .selectAll()
        .where('build_id', '=', buildId)
        .orderBy('name')
        .orderBy('id')
        .execute();
      return [...new Map(rows.map((row) => [row.name, artifactRecord(row)])).values()];
    },

    async findArtifact(buildId, name) {
      const row = await db
        .selectFrom('artifacts')
        .selectAll()
        .where('build_id', '=', buildId)
        .where('name', '=', name)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && artifactRecord(row);
    },

    async mayRead({ teamId, pipelineId }, digest) {
      const artifact = await db
        .selectFrom('artifacts')
        .select('id')
        .where('digest', '=', digest)
        .where('team_id', '=', teamId)
        .limit(1)
        .executeTakeFirst();
      if (artifact !== undefined) return true;
      const cache = await db
        .selectFrom('caches')
        .select('cache_key')
        .where('digest', '=', digest)
        .where('pipeline_id', '=', pipelineId)
        .limit(1)
        .executeTakeFirst();
      return cache !== undefined;
    },

    noteBrought: (attempt, digest) =>
      write(context, async (trx) => {
        await dialect.ignoreTaken(trx.insertInto('brought_blobs').values({ attempt_id: attempt, digest })).execute();
      }),
    hasBrought: (attempt, digest) => hasBrought(db, attempt, digest),

    findCache: (scope, wanted, now) =>
      lookUp(scope, wanted).then(async (row) => {
        if (row === undefined) return undefined;
        await db
          .updateTable('caches')
          .set({ used_at: now })
          .where('pipeline_id', '=', scope.pipelineId)
          .where('scope', '=', scope.scope)
          .where('cache_key', '=', row.cache_key)
          .execute();
        return cacheRecord(row);
      }),

    saveCache: (scope, cache, now) =>
      write(context, async (trx) => {
        const row = {
          pipeline_id: scope.pipelineId,
          scope: scope.scope,
          cache_key: cache.key,
          digest: cache.digest,
          size: cache.size,
          created_at: now,
          used_at: now,
        };
        const { numInsertedOrUpdatedRows } = await dialect
          .ignoreTaken(trx.insertInto('caches').values(row))
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n;
      }),

    dropCache: (scope, key, digest) =>
      write(context, async (trx) => {
        await trx
          .deleteFrom('caches')
          .where('pipeline_id', '=', scope.pipelineId)
          .where('scope', '=', scope.scope)
          .where('cache_key', '=', key)
          .where('digest', '=', digest)
          .execute();
      }),

    trimCaches: ({ unusedSince, maxBytes }) =>
      write(context, async (trx) => {
        const old = await trx.deleteFrom('caches').where('used_at', '<', unusedSince).executeTakeFirst();
        let dropped = Number(old.numDeletedRows);
        const sum = await trx
          .selectFrom('caches')
          .select((eb) => eb.fn.sum<number | null>('size').as('bytes'))
          .executeTakeFirst();
        let over = Number(sum?.bytes ?? 0) - maxBytes;
        while (over > 0) {
          const oldest = await trx.selectFrom('caches').selectAll().orderBy('used_at').limit(TRIM_BATCH).execute();
          for (const row of oldest) {
            if (over <= 0) break;
            over -= row.size;
            dropped += 1;
            await trx
              .deleteFrom('caches')
              .where('pipeline_id', '=', row.pipeline_id)
              .where('scope', '=', row.scope)
              .where('cache_key', '=', row.cache_key)
              .execute();
          }
        }
        return dropped;
      }),

    async referredBlobs(digests) {
      const referred = new Set<string>();
      for (const some of portions(digests)) {
        const artifacts = await db.selectFrom('artifacts').select('digest').where('digest', 'in', some).execute();
        const indexes = await db
          .selectFrom('artifacts')
          .select('index_digest as digest')
          .where('index_digest', 'in', some)
          .execute();
        const caches = await db.selectFrom('caches').select('digest').where('digest', 'in', some).execute();
        for (const { digest } of [...artifacts, ...indexes, ...caches]) referred.add(digest);
      }
      return referred;
    },
  };
}

function artifactRecord(row: Schema['artifacts']): ArtifactRecord {
  const { name, resource, step, digest, size, entries } = row;
  return {
    buildId: row.build_id,
    ...{ name, resource, step, digest, size, entries },
    unpackedSize: row.unpacked_size,
    indexDigest: row.index_digest,
    createdAt: row.created_at,
  };
}

const cacheRecord = (row: Schema['caches']): CacheRecord => ({
  key: row.cache_key,
  digest: row.digest,
  size: row.size,
  createdAt: row.created_at,
});
