/** Repositories of forges that were activated. */
import { repositoryOptions } from '../../protocol/repositories.ts';
import type { RepositoryRecord, RepositoryStore } from '../repository-store.ts';
import { conflict, flag, note, orUndefined, type SqlContext, write } from './context.ts';
import { parseColumn } from './json-column.ts';
import type { Db, Schema } from './schema.ts';

type Repositories = Pick<
  RepositoryStore,
  'createRepository' | 'changeRepository' | 'deleteRepository' | 'getRepository' | 'findRepository' | 'listRepositories'
>;

export function createRepositoryStore(context: SqlContext): Repositories {
  const { db, dialect } = context;
  return {
    createRepository: (repository) =>
      write(context, async (trx) => {
        await dialect
          .ignoreTaken(
            trx.insertInto('repositories').values({
              id: repository.id,
              provider: repository.provider,
              forge_id: repository.forgeId,
              full_name: repository.fullName,
              private: flag(repository.private),
              default_branch: repository.defaultBranch,
              clone_url: repository.cloneUrl,
              web_url: repository.webUrl,
              team_id: repository.teamId,
              pipeline: repository.pipeline,
              activated_by: repository.activatedBy ?? null,
              activated_at: repository.activatedAt,
              hook_id: repository.hookId ?? null,
              sealed_secret: repository.sealedSecret,
              active: flag(repository.active),
              options_json: JSON.stringify(repository.options),
              synced_at: repository.syncedAt ?? null,
              trouble: repository.trouble ?? null,
            }),
          )
          .execute();
        const made = await rows(trx).where('repositories.id', '=', repository.id).executeTakeFirst();
        if (made === undefined) {
          throw conflict(
            `${repository.fullName} is activated already`,
            'look for it among the repositories of all teams',
          );
        }
        await note(trx, repository.activatedAt, 'repository', {});
        return recordOf(made);
      }),

    changeRepository: (id, change) =>
      write(context, async (trx) => {
        const { hook, synced, options, fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl } = change;
        const set = {
          ...(fullName !== undefined && { full_name: fullName }),
          ...(isPrivate !== undefined && { private: flag(isPrivate) }),
          ...(defaultBranch !== undefined && { default_branch: defaultBranch }),
          ...(cloneUrl !== undefined && { clone_url: cloneUrl }),
          ...(webUrl !== undefined && { web_url: webUrl }),
          ...(change.activatedBy !== undefined && { activated_by: change.activatedBy }),
          ...(hook !== undefined && { hook_id: hook.id ?? null }),
          ...(change.active !== undefined && { active: flag(change.active) }),
          ...(options !== undefined && { options_json: JSON.stringify(options) }),
          ...(synced !== undefined && { synced_at: synced.at, trouble: synced.trouble ?? null }),
        };
        if (Object.keys(set).length === 0) return;
        await trx.updateTable('repositories').set(set).where('id', '=', id).execute();
        await note(trx, context.clock.now(), 'repository', {});
      }),

    deleteRepository: (id) =>
      write(context, async (trx) => {
        await trx.deleteFrom('repositories').where('id', '=', id).execute();
        await note(trx, context.clock.now(), 'repository', {});
      }),

    async getRepository(id) {
      const row = await rows(db).where('repositories.id', '=', id).executeTakeFirst();
      return row && recordOf(row);
    },

    async findRepository(provider, forgeId) {
      const row = await rows(db).where('provider', '=', provider).where('forge_id', '=', forgeId).executeTakeFirst();
      return row && recordOf(row);
    },

    async listRepositories(team) {
      const all = rows(db).orderBy('full_name').orderBy('repositories.id');
      return (await (team === undefined ? all : all.where('teams.name', '=', team)).execute()).map(recordOf);
    },
  };
}

function rows(db: Db) {
  return db
    .selectFrom('repositories')
    .innerJoin('teams', 'teams.id', 'repositories.team_id')
    .selectAll('repositories')
    .select('teams.name as team');
}

function recordOf(row: Schema['repositories'] & { readonly team: string }): RepositoryRecord {
  return {
    id: row.id,
    provider: row.provider,
    forgeId: row.forge_id,
    fullName: row.full_name,
    private: row.private === 1,
    defaultBranch: row.default_branch,
    cloneUrl: row.clone_url,
    webUrl: row.web_url,
    teamId: row.team_id,
    team: row.team,
    pipeline: row.pipeline,
    activatedBy: orUndefined(row.activated_by),
    activatedAt: row.activated_at,
    hookId: orUndefined(row.hook_id),
    sealedSecret: row.sealed_secret,
    active: row.active === 1,
    options: parseColumn(repositoryOptions, row.options_json, 'repositories.options_json'),
    syncedAt: orUndefined(row.synced_at),
    trouble: orUndefined(row.trouble),
  };
}
