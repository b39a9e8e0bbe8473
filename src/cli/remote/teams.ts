/** `pikoci teams`: who may do what. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandContext } from '../context.ts';
import { remoteCommand } from './remote-command.ts';
import { oneLine, table } from './table.ts';

const GIVEN_ROLES = ['read', 'write', 'maintain', 'admin'] as const;
type GivenRole = (typeof GIVEN_ROLES)[number];

export function addTeams(parent: Command, context: CommandContext): void {
  const teams = parent.command('teams').description('Teams of a server, and who may do what in them.');

  remoteCommand(
    teams.command('list').description('The teams one may see.'),
    context,
    'none',
    async ({ client, style, print }) => {
      const found = await client.call('listTeams');
      print(found, () =>
        table(
          ['TEAM'],
          found.map(({ name }) => [oneLine(name)]),
          'there is no team that you are in',
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    teams.command('create <name>').description('Make a team; for administrators of the server.'),
    context,
    'none',
    async ({ client, print }, name = '') => {
      const made = await client.call('createTeam', { body: { name } });
      print(made, () => [`team ${oneLine(made.name)}: made`]);
      return 0;
    },
  );

  remoteCommand(
    teams.command('members <team-name>').description('Who is in a team, and has which role.'),
    context,
    'none',
    async ({ client, style, print }, team = '') => {
      const found = await client.call('listMembers', { params: { team } });
      print(found, () =>
        table(
          ['USER', 'NAME', 'ROLE'],
          found.map(({ name, displayName, role }) => [oneLine(name), oneLine(displayName ?? ''), role]),
          `nobody but administrators of the server: pikoci teams grant ${team} USER ROLE`,
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    teams
      .command('grant <team-name> <user> <role>')
      .description('Give a user a role in a team: read, write, maintain or admin.')
      .addHelpText(
        'after',
        [
          '',
          'Roles, each with all that the ones before it may do:',
          '  read      look at pipelines, builds, logs, artifacts',
          '  write     trigger, cancel, retry, approve, pin, pause',
          '  maintain  set pipelines, keep secrets, show a pipeline to everybody',
          '  admin     say who is in the team',
          '',
          'Example:',
          '  pikoci teams grant main ada write',
        ].join('\n'),
      ),
    context,
    'none',
    async ({ client, print }, team = '', user = '', role = '') => {
      const member = await client.call('setMember', { params: { team, user }, body: { role: readRole(role) } });
      print(member, () => [`${oneLine(member.name)} has the role ${member.role} in team ${oneLine(team)}`]);
      return 0;
    },
  );

  remoteCommand(
    teams.command('remove <team-name> <user>').description('Take a user out of a team.'),
    context,
    'none',
    async ({ client, print }, team = '', user = '') => {
      await client.call('removeMember', { params: { team, user } });
      print({ removed: user, team }, () => [`${oneLine(user)} is not in team ${oneLine(team)} any more`]);
      return 0;
    },
  );
}

/** Throws `usage.bad_value`. */
export function readRole(text: string): GivenRole {
  const role = GIVEN_ROLES.find((one) => one === text);
  if (role !== undefined) return role;
  throw new CodedError('usage.bad_value', `"${text}" is no role`, { hint: `there are ${GIVEN_ROLES.join(', ')}` });
}
