import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

export function addServers(parent: Command, context: CommandContext): void {
  remoteCommand(
    parent.command('servers').description('Servers that share the database, and when each was last heard of.'),
    context,
    'none',
    async ({ client, style, print }) => {
      const found = await client.call('listServers');
      print(found, () =>
        table(
          ['SERVER', 'ADDRESS', 'STATUS', 'WORKERS BY', 'STARTED', 'HEARD OF', 'VERSION'],
          found.map((one) => [
            oneLine(one.name),
            oneLine(one.address),
            one.self ? `${one.status}, this one` : one.status,
            oneLine(one.queue),
            ago(one.startedAt, Date.now()),
            ago(one.lastSeenAt, Date.now()),
            oneLine(one.version),
          ]),
          'no server is written down yet: look again in a few seconds',
          style,
        ),
      );
      return 0;
    },
  );
}
