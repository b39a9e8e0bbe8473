import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

export function addWorkers(parent: Command, context: CommandContext): void {
  const workers = parent.command('workers').description('Workers of a server.');
  remoteCommand(
    workers.command('list').description('Workers, and when each was last heard of.'),
    context,
    'none',
    async ({ client, style, print }) => {
      const found = await client.call('listWorkers');
      print(found, () =>
        table(
          ['WORKER', 'STATUS', 'SLOTS', 'TAGS', 'HEARD OF', 'VERSION'],
          found.map((one) => [
            oneLine(one.name),
            one.status,
            String(one.slots),
            oneLine(one.tags.join(', ')) || '-',
            ago(one.lastSeenAt, Date.now()),
            oneLine(one.version),
          ]),
          'no worker has ever connected: pikoci server runs one unless told not to',
          style,
        ),
      );
      return 0;
    },
  );
}
