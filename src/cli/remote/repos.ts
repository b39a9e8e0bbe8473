/** `pikoci repos`: repositories of forges. */
import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { nearest } from '../../lib/nearest.ts';
import { pullRequestBuilds, type RepositoryView } from '../../protocol/repositories.ts';
import type { CommandContext } from '../context.ts';
import { readLimit } from './pages.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

interface ListOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly provider?: string;
  readonly search?: string;
  readonly limit: string;
}

interface ActivateOptions extends RemoteOptions {
  readonly provider?: string;
  readonly pipeline?: string;
  readonly pullRequests?: string;
}

const MOST = 200;

export function addRepos(parent: Command, context: CommandContext): void {
  const repos = parent.command('repos').description('Repositories of forges: GitHub, GitLab, Gitea.');

  remoteCommand<ListOptions>(
    repos
      .command('list')
      .description('Repositories that were activated; with --all those that you may administer.')
      .option('--all', 'those that you may administer where you signed in, activated or not')
      .option('--provider <name>', 'only those of this forge, with --all')
      .option('--search <words>', 'only those that have all of these words in their names or descriptions, with --all')
      .option('--limit <n>', 'how many, with --all', '50')
      .addHelpText('after', '\nExample:\n  pikoci repos list --all --search api'),
    context,
    'none',
    async (remote) => (remote.options.all === true ? listOffered(remote) : listActivated(remote)),
  );

  remoteCommand<ActivateOptions>(
    repos
      .command('activate <repository>')
      .description('Set up the webhook and the pipeline of a repository, or mend them: OWNER/NAME.')
      .option('--provider <name>', 'the forge; where there is only one, that one')
      .option('--pipeline <name>', "its pipeline's name; by default the repository's")
      .option('--pull-requests <what>', 'what is built of pull requests: merged, head, both or none')
      .addHelpText('after', '\nExample:\n  pikoci repos activate ada/app --team main'),
    context,
    'none',
    async ({ client, options, print }, repository = '') => {
      const { team, pipeline } = options;
      const pullRequests = readPullRequests(options.pullRequests);
      const done = await client.call('activateRepository', {
        body: {
          provider: options.provider ?? (await onlyForge(client)),
          ...{ repository, team },
          ...(pipeline !== undefined && { pipeline }),
          ...(pullRequests !== undefined && { options: { pullRequests } }),
        },
      });
      print(done, () => [
        `${nameOf(done.repository)}: activated, as pipeline ${oneLine(done.repository.pipeline)}`,
        ...done.notes.map(noteLine),
      ]);
      return 0;
    },
  );

  remoteCommand(
    repos
      .command('deactivate <repository>')
      .description('Remove the webhook and the pipelines of a repository, with their builds.'),
    context,
    'none',
    async ({ client, print }, name = '') => {
      const found = await findRepository(client, name);
      const done = await client.call('deactivateRepository', { params: { repository: found.id } });
      print({ deactivated: found.fullName, ...done }, () => [
        `${nameOf(found)}: deactivated`,
        ...done.notes.map(noteLine),
      ]);
      return 0;
    },
  );

  remoteCommand(
    repos
      .command('sync [repository]')
      .description('Look whether the webhook is there and right, and mend it; without a name those of the team.'),
    context,
    'none',
    async ({ client, options, print }, name = '') => {
      const all =
        name === ''
          ? await client.call('listRepositories', { query: { team: options.team } })
          : [await findRepository(client, name)];
      const done: Awaited<ReturnType<typeof syncOne>>[] = [];
      for (const one of all) done.push(await syncOne(client, one));
      print(done, () =>
        done.length === 0
          ? ['no repository was activated']
          : done.flatMap(({ repository, notes, trouble }) => [
              `${oneLine(repository)}:${trouble === undefined ? '' : ` ${oneLine(trouble)}`}`,
              ...notes.map(noteLine),
            ]),
      );
      return done.some(({ trouble }) => trouble !== undefined) ? 1 : 0;
    },
  );
}

const noteLine = (note: string): string => `  ${oneLine(note)}`;
const nameOf = ({ fullName }: RepositoryView): string => oneLine(fullName);

async function listActivated({ client, options, print, style }: Remote<ListOptions>): Promise<number> {
  const found = await client.call('listRepositories', { query: { team: options.team } });
  print(found, () =>
    table(
      ['REPOSITORY', 'FORGE', 'PIPELINE', 'PULL REQUESTS', 'ACTIVATED', 'WEBHOOK'],
      found.map((one) => [
        nameOf(one),
        oneLine(one.provider),
        oneLine(one.pipeline),
        one.options.pullRequests,
        `${ago(one.activatedAt, Date.now())}${one.activatedBy === undefined ? '' : ` by ${oneLine(one.activatedBy)}`}`,
        oneLine(hookState(one)),
      ]),
      `no repository of team ${options.team} was activated; pikoci repos list --all shows those that could be`,
      style,
    ),
  );
  return 0;
}

function hookState({ active, hooked, trouble }: RepositoryView): string {
  if (!active) return 'being removed';
  return trouble ?? (hooked ? 'there' : 'missing');
}

async function listOffered({ client, options, print, style, context }: Remote<ListOptions>): Promise<number> {
  const { provider, search } = options;
  const limit = Math.min(readLimit(options.limit, 'repositories'), MOST);
  const found = await client.call('offerRepositories', {
    query: { ...(provider !== undefined && { provider }), ...(search !== undefined && { search }), limit },
  });
  for (const { name, trouble } of found.forges) {
    if (trouble === undefined) continue;
    const hint = trouble.hint === undefined ? '' : `; ${trouble.hint}`;
    context.stderr.write(`pikoci: ${oneLine(name)}: ${oneLine(trouble.detail + hint)}\n`);
  }
  print(found, () => [
    ...table(
      ['REPOSITORY', 'FORGE', 'VISIBLE TO', 'STATE'],
      found.items.map((one) => [
        oneLine(one.fullName),
        oneLine(one.provider),
        one.private ? 'some' : 'all',
        one.repository === undefined
          ? one.elsewhere
            ? 'activated in another team'
            : ''
          : `activated in ${oneLine(one.repository.team)}`,
      ]),
      found.forges.length === 0
        ? 'this server has no forge: docs/repositories.md says how to set one up'
        : 'there is none',
      style,
    ),
    ...(found.items.length < found.total ? [`… ${found.total - found.items.length} more: --search finds them`] : []),
  ]);
  return found.forges.length > 0 && found.forges.every(({ trouble }) => trouble !== undefined) ? 1 : 0;
}

async function syncOne(client: Client, { id, fullName }: RepositoryView) {
  try {
    const { repository, notes } = await client.call('syncRepository', { params: { repository: id } });
    return { repository: repository.fullName, notes };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const hint = error.hint === undefined ? '' : `; ${error.hint}`;
    return { repository: fullName, notes: [], trouble: `${error.message}${hint}` };
  }
}

/** By its full name or its id, in whatever team. Throws `usage.unknown_repository`. */
export async function findRepository(client: Client, name: string): Promise<RepositoryView> {
  const all = await client.call('listRepositories');
  const named = all.filter(({ id, fullName }) => id === name || fullName.toLowerCase() === name.toLowerCase());
  const [found, other] = named;
  if (found !== undefined && other === undefined) return found;
  if (found !== undefined) {
    throw new CodedError('usage.ambiguous', `there are several repositories "${name}"`, {
      hint: `give an id: ${named.map(({ id, provider }) => `${id} (${provider})`).join(', ')}`,
    });
  }
  const near = nearest(
    name,
    all.map(({ fullName }) => fullName),
  );
  throw new CodedError('usage.unknown_repository', `no repository "${name}" was activated`, {
    hint: near === undefined ? 'pikoci repos list shows those that were' : `did you mean ${near}?`,
  });
}

async function onlyForge(client: Client): Promise<string> {
  const { forges } = await client.call('offerRepositories', { query: { limit: 1 } });
  const [only, other] = forges;
  if (only !== undefined && other === undefined) return only.name;
  throw new CodedError('usage.missing', 'which forge?', {
    hint:
      forges.length === 0
        ? 'this server has none: docs/repositories.md says how to set one up'
        : `--provider ${forges.map(({ name }) => name).join(' or --provider ')}`,
  });
}

function readPullRequests(text: string | undefined) {
  if (text === undefined) return undefined;
  const read = pullRequestBuilds.safeParse(text);
  if (read.success) return read.data;
  throw new CodedError(
    'usage.bad_value',
    `--pull-requests: "${text}" is none of ${pullRequestBuilds.options.join(', ')}`,
  );
}
