import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { collectPages, readLimit } from './pages.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { oneLine, table } from './table.ts';

interface AuditOptions extends RemoteOptions {
  readonly all?: boolean;
  readonly actor?: string;
  readonly action?: string;
  readonly limit: string;
}

const MOST = 200;

export function addAudit(parent: Command, context: CommandContext): void {
  remoteCommand<AuditOptions>(
    parent
      .command('audit')
      .description('Who did what in a team, newest first; for its administrators.')
      .option('--all', 'in all teams, and what is about the server; for its administrators')
      .option('--actor <user>', 'of this user alone')
      .option('--action <name>', 'of this kind alone: triggerJob, signIn')
      .option('--limit <number>', 'how many', '50')
      .addHelpText('after', '\nExample:\n  pikoci audit --all --action signIn'),
    context,
    'none',
    async ({ client, options, style, print }) => {
      const { actor, action, team } = options;
      const filter = { ...(actor !== undefined && { actor }), ...(action !== undefined && { action }) };
      const found = await collectPages(readLimit(options.limit, 'entries'), MOST, (page) => {
        const query = { ...filter, ...page };
        return options.all === true
          ? client.call('listAudit', { query })
          : client.call('listTeamAudit', { params: { team }, query });
      });
      print(found, () =>
        table(
          ['WHEN', 'WHO', 'DID', 'TO', 'IN TEAM', 'FROM', 'MORE'],
          found.map((one) => [
            new Date(one.at).toISOString(),
            oneLine(one.actor),
            oneLine(one.action),
            oneLine(one.target ?? ''),
            oneLine(one.team ?? ''),
            oneLine(one.address ?? ''),
            oneLine(
              Object.entries(one.detail)
                .map(([name, value]) => `${name}: ${value}`)
                .join(', '),
            ),
          ]),
          'nobody did anything that is kept',
          style,
        ),
      );
      return 0;
    },
  );
}
