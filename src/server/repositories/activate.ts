/**
 * Switches repositories on and off, and looks whether what was set up is still there. Each can be begun again where it was cut off: activating what is activated mends it, and what
 * was only half removed is removed by the next try.
 */
import type { AdministeredRepository } from '../../integrations/forge.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { newId, type RepositoryId, type UserId } from '../../lib/ids.ts';
import { type RepositoryOptions, repositoryOptions } from '../../protocol/repositories.ts';
import type { TeamRecord } from '../../store/records.ts';
import type { RepositoryRecord, ToldOfRepository } from '../../store/repository-store.ts';
import type { Store } from '../../store/store.ts';
import { checkName } from '../pipelines/evaluate-pipeline.ts';
import { requireReachable } from './external-address.ts';
import type { ForgeAccount, ForgeAccounts } from './forge-account.ts';
import type { HookSecrets } from './hook-secrets.ts';
import type { RepositoryBuilds } from './repository-builds.ts';
import { webhookUrl } from './repository-views.ts';

export interface ActivationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly accounts: ForgeAccounts;
  readonly secrets: HookSecrets;
  readonly builds: RepositoryBuilds;
  readonly externalUrl: () => string;
}

export interface ActivateCommand {
  readonly userId: UserId | undefined;
  readonly provider: string;
  /** The forge's id of it, or its full name. */
  readonly repository: string;
  readonly team: TeamRecord;
  readonly pipeline: string | undefined;
  /** What is not given is as it was, or as ever. */
  readonly options: Partial<RepositoryOptions>;
}

export interface Done {
  readonly repository: RepositoryRecord;
  readonly notes: readonly string[];
}

export interface Activation {
  /** Throws the errors of forge.ts and `repository.no_external_url`, `repository.pipeline_taken`, `store.conflict` (it is another team's). */
  activate(command: ActivateCommand): Promise<Done>;
  /** What cannot be removed at the forge is told, and is no reason to go on with it. */
  deactivate(repository: RepositoryRecord, userId: UserId | undefined): Promise<readonly string[]>;
  /** Asked by the account of who activated it, else of who asks. Throws the errors of forge.ts; they are kept as its trouble, too. */
  sync(repository: RepositoryRecord, userId: UserId | undefined): Promise<Done>;
}

export function createActivation(parts: ActivationParts): Activation {
  const { store, clock, accounts, secrets, builds, externalUrl } = parts;

  async function found(account: ForgeAccount, idOrName: string): Promise<AdministeredRepository> {
    const { forge, address, token } = account;
    const repository = await forge.getRepository(token, idOrName);
    if (repository === undefined) {
      throw new CodedError('forge.not_found', `${address.name} has no repository "${idOrName}" for this account`, {
        hint: `private ones are seen after signing in with ${address.name} and allowing access to them`,
      });
    }
    if (repository.admin) return repository;
    throw new CodedError(
      'forge.no_right',
      `to set up a webhook of ${repository.fullName} one has to administer it, and this account does not`,
      { hint: 'ask an administrator of the repository to activate it here, or to make you one' },
    );
  }

  /** Sets up the webhook and notes it. */
  async function hook(account: ForgeAccount, repository: RepositoryRecord): Promise<RepositoryRecord> {
    const { forge, token } = account;
    const wanted = { url: webhookUrl(externalUrl(), repository), secret: secrets.open(repository) };
    const hookId = await forge.ensureHook(token, repository.fullName, wanted, repository.hookId);
    const synced = { at: clock.now(), trouble: undefined };
    await store.changeRepository(repository.id, { hook: { id: hookId }, synced });
    return { ...repository, hookId, syncedAt: synced.at, trouble: undefined };
  }

  async function create(command: ActivateCommand, told: AdministeredRepository): Promise<RepositoryRecord> {
    const id = newId<RepositoryId>();
    return store.createRepository({
      ...{ id, provider: command.provider, forgeId: told.id, ...toldOf(told), teamId: command.team.id },
      pipeline: await freeName(command, told),
      ...{ activatedBy: command.userId, activatedAt: clock.now(), hookId: undefined },
      ...{ sealedSecret: secrets.make(id).sealed, active: true },
      ...{ options: repositoryOptions.parse(command.options), syncedAt: undefined, trouble: undefined },
    });
  }

  async function freeName({ team, pipeline }: ActivateCommand, { fullName }: ToldOfRepository): Promise<string> {
    const taken = async (name: string): Promise<boolean> =>
      (await store.findPipeline(team.name, name)) !== undefined ||
      (await store.listRepositories(team.name)).some((one) => one.pipeline === name);
    const short = fullName.slice(fullName.lastIndexOf('/') + 1);
    const names = pipeline === undefined ? [short, fullName.replaceAll('/', '-')] : [pipeline];
    for (const name of names) {
      checkName(name);
      if (!(await taken(name))) return name;
    }
    throw new CodedError(
      'repository.pipeline_taken',
      `team ${team.name} has a pipeline ${names.join(' and one ')} already`,
      { hint: 'choose another name for that of the repository: --pipeline NAME' },
    );
  }

  /** One that is there already: it is mended, and what was asked for otherwise is changed. */
  async function again(command: ActivateCommand, there: RepositoryRecord, told: ToldOfRepository) {
    if (there.teamId !== command.team.id) {
      throw new CodedError('store.conflict', `${told.fullName} was activated in another team`, {
        hint: 'it has to be deactivated there before',
      });
    }
    const options = { ...there.options, ...command.options };
    const change = { ...toldOf(told), active: true, options };
    const by = command.userId === undefined ? {} : { activatedBy: command.userId };
    await store.changeRepository(there.id, { ...change, ...by });
    return { ...there, ...change, ...by };
  }

  return {
    async activate(command) {
      const account = await accounts.open(command.userId, command.provider);
      requireReachable(externalUrl(), account.address);
      const told = await found(account, command.repository);
      const there = await store.findRepository(command.provider, told.id);
      const kept = there === undefined ? await create(command, told) : await again(command, there, told);
      try {
        const repository = await hook(account, kept);
        const { notes } = await builds.activated(repository);
        return {
          repository,
          notes: [there === undefined ? 'the webhook was set up' : 'the webhook is set up', ...notes],
        };
      } catch (error) {
        // What was never set up leaves nothing behind. The store's failure is the one that is told.
        if (there === undefined) await forget(account, kept);
        throw error;
      }
    },

    async deactivate(repository, userId) {
      const notes: string[] = [];
      await store.changeRepository(repository.id, { active: false });
      try {
        await removeHook(repository, userId);
        notes.push('the webhook was removed');
      } catch (error) {
        notes.push(
          `the webhook could not be removed: ${errorText(error)}; it is of no use any more, and can be removed at ${repository.webUrl}`,
        );
      }
      await builds.deactivated(repository);
      await store.deleteRepository(repository.id);
      return notes;
    },

    async sync(repository, userId) {
      try {
        return await mend(repository, userId);
      } catch (error) {
        if (error instanceof CodedError && !error.code.startsWith('store.')) {
          const trouble = `${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`;
          await store.changeRepository(repository.id, { synced: { at: clock.now(), trouble } });
        }
        throw error;
      }
    },
  };

  async function forget(account: ForgeAccount, kept: RepositoryRecord): Promise<void> {
    const made = await store.getRepository(kept.id);
    if (made?.hookId !== undefined) {
      await account.forge.removeHook(account.token, kept.fullName, made.hookId).catch(() => undefined);
    }
    await store.deleteRepository(kept.id);
  }

  /** By the account of who activated it; where that cannot, by that of who asks. */
  async function accountFor(repository: RepositoryRecord, userId: UserId | undefined): Promise<ForgeAccount> {
    const { activatedBy, provider } = repository;
    try {
      return await accounts.open(activatedBy ?? userId, provider);
    } catch (error) {
      if (userId === undefined || userId === activatedBy) throw error;
      return accounts.open(userId, provider);
    }
  }

  async function removeHook(repository: RepositoryRecord, userId: UserId | undefined): Promise<void> {
    if (repository.hookId === undefined) return;
    const { forge, token } = await accountFor(repository, userId);
    const now = await forge.getRepository(token, repository.forgeId);
    // It is gone, and its webhooks with it.
    if (now !== undefined) await forge.removeHook(token, now.fullName, repository.hookId);
  }

  async function mend(repository: RepositoryRecord, userId: UserId | undefined): Promise<Done> {
    const account = await accountFor(repository, userId);
    const told = await found(account, repository.forgeId);
    const notes: string[] = [];
    if (told.fullName !== repository.fullName) notes.push(`it is called ${told.fullName} now`);
    const current = { ...repository, ...toldOf(told) };
    await store.changeRepository(repository.id, toldOf(told));
    const { forge, token } = account;
    const url = webhookUrl(externalUrl(), repository);
    const { hookId } = repository;
    const state = hookId === undefined ? 'gone' : await forge.readHook(token, told.fullName, hookId, url);
    if (state === 'right') {
      const synced = { at: clock.now(), trouble: undefined };
      await store.changeRepository(repository.id, { synced });
      return {
        repository: { ...current, syncedAt: synced.at, trouble: undefined },
        notes: [...notes, 'the webhook is right'],
      };
    }
    requireReachable(externalUrl(), account.address);
    notes.push(
      state === 'gone' ? 'the webhook was gone, and is there again' : 'the webhook was changed, and is right again',
    );
    return { repository: await hook(account, current), notes };
  }
}

function toldOf(told: ToldOfRepository): ToldOfRepository {
  const { fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl } = told;
  return { fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl };
}
