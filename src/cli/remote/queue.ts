/** `pikoci queue poison`: messages of workers that no server could read. */
import type { Command } from 'commander';
import type { PoisonDetail } from '../../protocol/workers.ts';
import type { CommandContext } from '../context.ts';
import { remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

const SHOWN_BYTES = 4_096;

export function addQueue(parent: Command, context: CommandContext): void {
  const queue = parent.command('queue').description('What goes between workers and servers.');
  const poison = queue
    .command('poison')
    .description('Messages of workers that could not be read and were set aside, so that they hold nothing up.');

  remoteCommand(
    poison.command('list').description('All of them, newest first.'),
    context,
    'none',
    async ({ client, style, print }) => {
      const found = await client.call('listPoison');
      print(found, () =>
        table(
          ['MESSAGE', 'WORKER', 'CAME', 'BYTES', 'WHY'],
          found.map(({ id, worker, at, size, problem }) => [
            id,
            oneLine(worker.name),
            ago(at, Date.now()),
            String(size),
            oneLine(problem),
          ]),
          'no message was set aside',
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    poison
      .command('show <message>')
      .description('One of them, and how it begins; --json has all of its bytes, in base64.'),
    context,
    'none',
    async ({ client, style, print }, message = '') => {
      const found = await client.call('getPoison', { params: { message } });
      print(found, () => [
        `${style.bold(found.id)}: ${found.size} bytes of ${oneLine(found.worker.name)}, ${ago(found.at, Date.now())}`,
        oneLine(found.problem),
        '',
        ...bodyLines(found),
      ]);
      return 0;
    },
  );

  remoteCommand(
    poison
      .command('retry <message>')
      .description('Take it as if it came now: after an upgrade that can read it. Then it is kept no longer.'),
    context,
    'none',
    async ({ client, print }, message = '') => {
      await client.call('retryPoison', { params: { message } });
      print({ taken: message }, () => [`${message}: taken`]);
      return 0;
    },
  );

  remoteCommand(
    poison.command('drop <message>').description('Forget it.'),
    context,
    'none',
    async ({ client, print }, message = '') => {
      await client.call('dropPoison', { params: { message } });
      print({ dropped: message }, () => [`${message}: dropped`]);
      return 0;
    },
  );
}

function bodyLines({ body, size }: PoisonDetail): readonly string[] {
  if (body === undefined) return ['(too large to be kept)'];
  const bytes = Buffer.from(body, 'base64').subarray(0, SHOWN_BYTES);
  const lines = oneLine(new TextDecoder().decode(bytes));
  return [lines, ...(size > SHOWN_BYTES ? [`… and ${size - SHOWN_BYTES} bytes more`] : [])];
}
