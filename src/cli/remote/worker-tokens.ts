import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { WorkerTokenView } from '../../protocol/workers.ts';
import type { CommandContext } from '../context.ts';
import { remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

/** `pikoci workers tokens` and `revoke`. */
export function addWorkerTokens(workers: Command, context: CommandContext): void {
  remoteCommand(
    workers.command('tokens').description('Tokens that workers have shown, by their ids, and those that were revoked.'),
    context,
    'none',
    async ({ client, style, print }) => {
      const found = await client.call('listWorkerTokens');
      const now = Date.now();
      print(found, () =>
        table(
          ['TOKEN', 'STATUS', 'WORKERS', 'TEAM', 'TAGS', 'LAST SEEN', 'EXPIRES'],
          found.map((one) => [
            one.id,
            statusOf(one, now),
            oneLine(one.workers.map(({ name }) => name).join(', ')) || '-',
            oneLine(one.team ?? 'all'),
            oneLine(one.tags?.join(', ') ?? 'any'),
            one.lastSeenAt === undefined ? 'never' : ago(one.lastSeenAt, now),
            one.expiresAt === undefined ? '-' : new Date(one.expiresAt).toISOString().slice(0, 10),
          ]),
          'no worker has shown a token: make one with pikoci worker-token',
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    workers
      .command('revoke <token>')
      .description(
        'End a worker token, by its id, at once and for good: its workers are turned away, and the builds they run are tried again elsewhere.',
      )
      .addHelpText('after', '\nExample:\n  pikoci workers revoke 01980b2e-7c5a-7000-9d0e-6a1f3a5b8c21'),
    context,
    'none',
    async ({ client, print }, token = '') => {
      // The token itself is nothing to send around, and its id stands in no place where a person finds it.
      if (token.startsWith('pkw_')) {
        throw new CodedError('usage.bad_value', 'that is a token itself, and what is asked for is its id', {
          hint: 'pikoci workers tokens lists them; take this one as seen by others, since it stood on a command line',
        });
      }
      const revoked = await client.call('revokeWorkerToken', { params: { token } });
      const names = revoked.workers.map(({ name }) => oneLine(name));
      print(revoked, () => [
        `token ${revoked.id}: revoked; ${names.length === 0 ? 'no worker has shown it: is the id right?' : `it was of ${names.join(', ')}`}`,
      ]);
      return 0;
    },
  );
}

function statusOf({ revoked, expiresAt }: WorkerTokenView, now: number): string {
  if (revoked !== undefined) return `revoked by ${oneLine(revoked.by)}`;
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'good';
}
