/** `pikoci tokens`: what programs sign in with. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import { parseDuration } from '../../lib/duration.ts';
import type { CommandContext } from '../context.ts';
import { collectPages } from './pages.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';
import { readRole } from './teams.ts';

interface CreateOptions extends RemoteOptions {
  readonly role?: string;
  readonly onlyTeam?: string;
  readonly expires?: string;
}
interface AllOptions extends RemoteOptions {
  readonly all?: boolean;
}

const MOST = 200;
const LEAST_S = 60;

export function addTokens(parent: Command, context: CommandContext): void {
  const tokens = parent.command('tokens').description('Tokens that programs sign in with (PIKOCI_TOKEN).');

  remoteCommand<AllOptions>(
    tokens
      .command('list')
      .description('Your tokens, and when each was last used.')
      .option('--all', 'those of all users; for administrators of the server'),
    context,
    'none',
    async ({ client, options, style, print }) => {
      const route = options.all === true ? 'listTokens' : 'listOwnTokens';
      const found = await collectPages(Number.MAX_SAFE_INTEGER, MOST, (query) => client.call(route, { query }));
      const now = Date.now();
      print(found, () =>
        table(
          ['ID', 'NAME', 'OF', 'GOOD FOR', 'MADE', 'LAST USED', 'EXPIRES'],
          found.map((one) => [
            one.id,
            oneLine(one.name),
            oneLine(one.user),
            one.team === undefined ? `${one.role} in all teams` : `${one.role} in ${oneLine(one.team)}`,
            ago(one.createdAt, now),
            one.lastUsedAt === undefined ? 'never' : ago(one.lastUsedAt, now),
            one.expiresAt === undefined ? 'never' : new Date(one.expiresAt).toISOString().slice(0, 10),
          ]),
          'no token: pikoci tokens create NAME makes one',
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand<CreateOptions>(
    tokens
      .command('create <name>')
      .description('Make a token, and print it: nothing shows it again.')
      .option('--role <role>', 'what it is good for at most: read, write, maintain or admin', 'admin')
      .option('--only-team <name>', 'the only team it is good for')
      .option('--expires <duration>', 'for how long: 90d')
      .addHelpText(
        'after',
        '\nExample:\n  pikoci tokens create deploy-bot --role write --only-team main --expires 90d > token',
      ),
    context,
    'none',
    async ({ client, options, print }, name = '') => {
      const { onlyTeam: team, expires } = options;
      const made = await client.call('createToken', {
        body: {
          name,
          role: readRole(options.role ?? 'admin'),
          ...(team !== undefined && { team }),
          ...(expires !== undefined && { expiresIn: readExpiry(expires) }),
        },
      });
      print(made, () => [made.token]);
      return 0;
    },
  );

  remoteCommand<AllOptions>(
    tokens
      .command('revoke <id>')
      .description('End a token of yours at once.')
      .option('--all', 'whosever it is; for administrators of the server'),
    context,
    'none',
    async ({ client, options, print }, token = '') => {
      await client.call(options.all === true ? 'revokeToken' : 'revokeOwnToken', { params: { token } });
      print({ revoked: token }, () => [`token ${oneLine(token)}: revoked`]);
      return 0;
    },
  );
}

/** Seconds. Throws `usage.bad_value`. */
function readExpiry(text: string): number {
  const ms = parseDuration(text);
  const seconds = Math.floor((ms ?? 0) / 1_000);
  if (seconds >= LEAST_S) return seconds;
  throw new CodedError('usage.bad_value', `--expires: "${text}" is not a time of a minute or more`, {
    hint: 'write it as 90d, or 12h',
  });
}
