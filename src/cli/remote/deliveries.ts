/** `pikoci deliveries`: what webhooks brought, and what became of it. */
import type { Command } from 'commander';
import type { DeliveryView } from '../../protocol/repositories.ts';
import type { CommandContext } from '../context.ts';
import { collectPages, readLimit } from './pages.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { findRepository } from './repos.ts';
import { ago, oneLine, table } from './table.ts';

interface ListOptions extends RemoteOptions {
  readonly limit: string;
}

const MOST = 200;

export function addDeliveries(parent: Command, context: CommandContext): void {
  const deliveries = parent.command('deliveries').description('What webhooks brought, and what became of it.');

  remoteCommand<ListOptions>(
    deliveries
      .command('list <repository>')
      .description('Those of a repository, newest first.')
      .option('--limit <n>', 'how many', '20')
      .addHelpText('after', '\nExample:\n  pikoci deliveries list ada/app'),
    context,
    'none',
    async ({ client, options, print, style }, name = '') => {
      const { id } = await findRepository(client, name);
      const found = await collectPages(readLimit(options.limit, 'deliveries'), MOST, ({ limit, after }) =>
        client.call('listDeliveries', {
          params: { repository: id },
          query: { limit, ...(after !== undefined && { after }) },
        }),
      );
      print(found, () =>
        table(
          ['DELIVERY', 'CAME', 'EVENT', 'STATUS', 'OUTCOME'],
          found.map((one) => [one.id, ago(one.receivedAt, Date.now()), oneLine(one.event), one.status, outcomeOf(one)]),
          'nothing came yet: push something, or look at the webhook on the forge',
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    deliveries.command('show <delivery>').description('One of them, with what the forge sent while that is kept.'),
    context,
    'none',
    async ({ client, print, style }, delivery = '') => {
      const found = await client.call('getDelivery', { params: { delivery } });
      print(found, () => [
        `${style.bold(oneLine(found.event))} ${oneLine(found.deliveryId)}, ${ago(found.receivedAt, Date.now())}: ${found.status}`,
        ...(found.replayedBy === undefined ? [] : [`replayed by ${oneLine(found.replayedBy)}`]),
        ...(found.outcome?.builds ?? []).map(({ id, text }) => `${oneLine(text)}  ${id}`),
        ...(found.outcome?.notes ?? []).map(oneLine),
        ...(found.problem === undefined ? [] : [oneLine(problemText(found.problem))]),
        '',
        ...(found.body === undefined ? ['what the forge sent is not kept any more'] : prettyJson(found.body)),
      ]);
      return 0;
    },
  );

  remoteCommand(
    deliveries.command('replay <delivery>').description('Do once more what a delivery asked for.'),
    context,
    'none',
    async ({ client, print }, delivery = '') => {
      const made = await client.call('replayDelivery', { params: { delivery } });
      print(made, () => [`${oneLine(made.event)}: it is done once more, as ${made.id}`]);
      return 0;
    },
  );
}

function outcomeOf({ outcome, problem }: DeliveryView): string {
  const parts = [...(outcome?.builds ?? []).map(({ text }) => text), ...(outcome?.notes ?? [])];
  return oneLine(problem === undefined || outcome !== undefined ? parts.join('; ') : problemText(problem));
}

function problemText({ message, hint }: NonNullable<DeliveryView['problem']>): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function prettyJson(text: string): string[] {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).split('\n').map(oneLine);
  } catch {
    return [oneLine(text)];
  }
}
