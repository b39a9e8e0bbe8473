/** `pikoci users`: for administrators of a server. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserDetail, UserView } from '../../protocol/users.ts';
import type { CommandContext } from '../context.ts';
import { collectPages } from './pages.ts';
import { readValue } from './read-value.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

interface PasswordOptions extends RemoteOptions {
  readonly passwordFile?: string;
}
interface CreateOptions extends PasswordOptions {
  readonly displayName?: string;
  readonly email?: string;
  readonly admin?: boolean;
  readonly link?: boolean;
}
interface ChangeOptions extends RemoteOptions {
  readonly displayName?: string;
  readonly email?: string;
  readonly admin?: string;
}

const MOST = 200;

export function addUsers(parent: Command, context: CommandContext): void {
  const users = parent.command('users').description('Users of a server, for its administrators.');

  remoteCommand(users.command('list').description('All users.'), context, 'none', async ({ client, style, print }) => {
    const found = await collectPages(Number.MAX_SAFE_INTEGER, MOST, (query) => client.call('listUsers', { query }));
    const now = Date.now();
    print(found, () =>
      table(
        ['USER', 'NAME', 'STATE', 'SIGNS IN', 'LAST SEEN'],
        found.map((one) => [
          oneLine(one.name),
          oneLine(one.displayName ?? ''),
          stateOf(one),
          one.hasPassword ? 'with a password' : 'otherwise',
          one.lastSeenAt === undefined ? 'never' : ago(one.lastSeenAt, now),
        ]),
        'there is no user',
        style,
      ),
    );
    return 0;
  });

  remoteCommand(
    users.command('get <user>').description('A user, with teams and accounts elsewhere.'),
    context,
    'none',
    async (remote, user = '') => show(remote, await remote.client.call('getUser', { params: { user } })),
  );

  remoteCommand<CreateOptions>(
    users
      .command('create <user>')
      .description('Make a user, who may do nothing until given a role in a team.')
      .option('--display-name <name>', 'as people call them')
      .option('--email <address>', 'their address')
      .option('--admin', 'an administrator of the server')
      .option('--password-file <file>', 'their password; - is standard input')
      .option('--link', 'print an address that signs them in once')
      .addHelpText('after', '\nExample:\n  pikoci users create ada --link\n  pikoci teams grant main ada write'),
    context,
    'none',
    async (remote, name = '') => {
      const { client, options } = remote;
      const { displayName, email, admin, passwordFile } = options;
      const password = passwordFile === undefined ? undefined : await readPassword(name, passwordFile, context);
      const made = await client.call('createUser', {
        body: {
          name,
          ...(displayName !== undefined && { displayName }),
          ...(email !== undefined && { email }),
          ...(admin !== undefined && { admin }),
          ...(password !== undefined && { password }),
        },
      });
      const link =
        options.link === true ? await client.call('createSignInLink', { params: { user: name } }) : undefined;
      remote.print({ ...made, ...(link !== undefined && { link }) }, () => [
        `user ${oneLine(made.name)}: made`,
        ...(link === undefined ? [] : [link.url]),
      ]);
      return 0;
    },
  );

  remoteCommand<ChangeOptions>(
    users
      .command('set <user>')
      .description('Change a user.')
      .option('--display-name <name>', 'as people call them')
      .option('--email <address>', 'their address')
      .option('--admin <true|false>', 'whether they are an administrator of the server')
      .addHelpText('after', '\nExample:\n  pikoci users set ada --admin true'),
    context,
    'none',
    async (remote, user = '') => {
      const { displayName, email, admin } = remote.options;
      const body = {
        ...(displayName !== undefined && { displayName }),
        ...(email !== undefined && { email }),
        ...(admin !== undefined && { admin: readSwitch(admin) }),
      };
      if (Object.keys(body).length === 0) {
        throw new CodedError('usage.missing', `what of ${user} is to change?`, {
          hint: 'give --display-name, --email or --admin',
        });
      }
      return show(remote, await remote.client.call('changeUser', { params: { user }, body }));
    },
  );

  for (const [verb, disabled, description] of [
    ['disable', true, 'Let a user do nothing any more: sessions end, tokens are of no use.'],
    ['enable', false, 'Let a user do again what they might.'],
  ] as const) {
    remoteCommand(
      users.command(`${verb} <user>`).description(description),
      context,
      'none',
      async (remote, user = '') =>
        show(remote, await remote.client.call('changeUser', { params: { user }, body: { disabled } })),
    );
  }

  remoteCommand(
    users
      .command('delete <user>')
      .description('Delete a user, with tokens and sessions. What they did stays in the audit log.'),
    context,
    'none',
    async ({ client, print }, user = '') => {
      await client.call('deleteUser', { params: { user } });
      print({ deleted: user }, () => [`user ${oneLine(user)}: deleted`]);
      return 0;
    },
  );

  remoteCommand<PasswordOptions>(
    users
      .command('password <user>')
      .description('Give a user another password; their sessions end.')
      .option('--password-file <file>', 'the password; otherwise it is read from standard input, or asked for')
      .addHelpText('after', '\nExample:\n  pass show ci/ada | pikoci users password ada'),
    context,
    'none',
    async ({ client, options, print }, user = '') => {
      const password = await readPassword(user, options.passwordFile, context);
      await client.call('setUserPassword', { params: { user }, body: { password } });
      print({ user, passwordSet: true }, () => [`user ${oneLine(user)}: has another password`]);
      return 0;
    },
  );

  remoteCommand(
    users
      .command('unlink <user> <provider>')
      .description('Unlink an account elsewhere: it signs nobody in any more, and what it granted is forgotten.'),
    context,
    'none',
    async ({ client, print }, user = '', provider = '') => {
      await client.call('unlinkIdentity', { params: { user, provider } });
      print({ user, unlinked: provider }, () => [
        `user ${oneLine(user)}: the ${oneLine(provider)} account is unlinked`,
      ]);
      return 0;
    },
  );

  remoteCommand(
    users.command('link <user>').description('An address that signs a user in once, within a day.'),
    context,
    'none',
    async ({ client, print }, user = '') => {
      const link = await client.call('createSignInLink', { params: { user } });
      print(link, () => [link.url]);
      return 0;
    },
  );
}

function readPassword(user: string, file: string | undefined, context: CommandContext): Promise<string> {
  return readValue({
    what: `the password of ${user}`,
    question: `password of ${user}: `,
    file,
    whenEmpty: 'give it with --password-file FILE, or by a pipe',
    context,
  });
}

function readSwitch(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new CodedError('usage.bad_value', `--admin: "${text}" is neither true nor false`);
}

function stateOf({ admin, disabledAt }: UserView): string {
  if (disabledAt !== undefined) return 'disabled';
  return admin ? 'administrator' : 'active';
}

function show({ print }: Remote, user: UserDetail): number {
  print(user, () => [
    `${oneLine(user.name)}${user.displayName === undefined ? '' : ` (${oneLine(user.displayName)})`}: ${stateOf(user)}`,
    ...user.teams.map(({ team, role }) => `  ${role} in team ${oneLine(team)}`),
    ...user.identities.map(({ provider, login }) => `  ${oneLine(provider)} account ${oneLine(login)}`),
  ]);
  return 0;
}
