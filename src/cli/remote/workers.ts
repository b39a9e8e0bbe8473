/** `pikoci workers`: what runs builds, and what takes it out of service. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import { parseDuration } from '../../lib/duration.ts';
import { type WorkerView, workerWord } from '../../protocol/workers.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { reasonOption } from './reason-option.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';
import { addWorkerTokens } from './worker-tokens.ts';

interface DrainOptions extends RemoteOptions {
  readonly reason?: string;
  readonly leave?: boolean;
  readonly wait?: boolean;
}
interface PruneOptions extends RemoteOptions {
  readonly olderThan: string;
}

const LOOK_EVERY_MS = 1_000;

export function addWorkers(parent: Command, context: CommandContext): void {
  const workers = parent.command('workers').description('Workers of a server.');
  remoteCommand(
    workers.command('list').description('Workers: what they are, what they run, and when each was last heard of.'),
    context,
    'none',
    async ({ client, style, print }) => {
      const found = await client.call('listWorkers');
      print(found, () => listLines(found, style));
      return 0;
    },
  );

  remoteCommand(
    workers.command('show <worker>').description('One worker, by its name or id.'),
    context,
    'none',
    async ({ client, style, print }, worker = '') => {
      const found = await client.call('getWorker', { params: { worker } });
      print(found, () => describe(found, style));
      return 0;
    },
  );

  remoteCommand<DrainOptions>(
    workers
      .command('drain <worker>')
      .description(
        'Let a worker finish what it runs and take nothing new. It stays connected and stays drained, also over its restarts, until workers resume.',
      )
      .option(...reasonOption())
      .option('--leave', 'it ends when it has finished')
      .option('--wait', 'until it has finished')
      .addHelpText(
        'after',
        '\nExample:\n  pikoci workers drain build-3 --wait && ssh build-3 sudo reboot; pikoci workers resume build-3',
      ),
    context,
    'none',
    async (remote, name = '') => {
      const {
        client,
        options,
        print,
        style,
        context: { stderr },
      } = remote;
      const body = {
        ...(options.reason !== undefined && { reason: options.reason }),
        ...(options.leave === true && { leave: true }),
      };
      let worker = await client.call('drainWorker', { params: { worker: name }, body });
      if (options.wait === true) {
        if (!hasFinished(worker, options.leave === true)) stderr.write(`${drainedLine(worker)}\n`);
        worker = await untilFinished(remote, worker, options.leave === true);
      }
      print(worker, () => [drainedLine(worker, style)]);
      return 0;
    },
  );

  remoteCommand(
    workers.command('resume <worker>').description('Let a worker that was drained take work again.'),
    context,
    'none',
    async ({ client, print }, worker = '') => {
      const resumed = await client.call('resumeWorker', { params: { worker } });
      print(resumed, () => [
        resumed.status === 'running'
          ? `${oneLine(resumed.name)} takes work again`
          : `${oneLine(resumed.name)} will take work when it is back; now it is ${resumed.status}`,
      ]);
      return 0;
    },
  );

  remoteCommand<PruneOptions>(
    workers
      .command('prune')
      .description('Forget workers that are gone or lost.')
      .option('--older-than <duration>', 'those heard of last longer ago than this', '1h')
      .addHelpText('after', '\nExample:\n  pikoci workers prune --older-than 7d'),
    context,
    'none',
    async ({ client, options, print }) => {
      const olderThanMs = parseDuration(options.olderThan);
      if (olderThanMs === undefined) {
        throw new CodedError('usage.bad_value', `--older-than: "${options.olderThan}" is not a duration`, {
          hint: 'write 30m, 12h or 7d',
        });
      }
      const result = await client.call('pruneWorkers', { body: { olderThanMs } });
      print(result, () =>
        result.removed.length === 0
          ? ['nothing to forget']
          : result.removed.map(({ id, name }) => `forgot ${oneLine(name)} (${id})`),
      );
      return 0;
    },
  );

  addWorkerTokens(workers, context);
}

function listLines(found: readonly WorkerView[], style: Style): readonly string[] {
  const now = Date.now();
  // Ids are long, and needed only where a name says too little.
  const twice = found.some((one, place) => found.findIndex(({ name }) => name === one.name) !== place);
  return table(
    ['WORKER', ...(twice ? ['ID'] : []), 'STATUS', 'SLOTS', 'TAGS', 'TEAM', 'BY', 'RUNS', 'HEARD OF', 'VERSION'],
    found.map((one) => [
      oneLine(one.name),
      ...(twice ? [one.id] : []),
      statusText(one, style),
      `${one.busy} of ${one.slots}`,
      tagsText(one),
      oneLine(one.team ?? 'all'),
      one.via ?? '-',
      runsText(one),
      ago(one.lastSeenAt, now),
      oneLine(one.version),
    ]),
    'no worker has ever connected: pikoci server runs one unless told not to; for more, see pikoci worker --help',
    style,
  );
}

function statusText(worker: WorkerView, style: Style): string {
  const word = workerWord(worker);
  if (worker.status === 'running') return worker.connected ? word : `${word}, not connected`;
  return style.dim(word);
}

function tagsText({ tags, exclusive, kinds }: WorkerView): string {
  const only = kinds.length === 1 ? [kinds[0] === 'build' ? 'jobs only' : 'checks only'] : [];
  return oneLine([tags.join(', '), ...(exclusive ? ['exclusive'] : []), ...only].filter(Boolean).join('; ')) || '-';
}

function runsText({ builds, busy }: WorkerView): string {
  const seen = builds.map(({ pipeline, job, number }) => `${pipeline}/${job} #${number}`);
  const hidden = busy - builds.length;
  return oneLine([...seen, ...(hidden > 0 ? [`${hidden} of other teams`] : [])].join(', ')) || '-';
}

function describe(worker: WorkerView, style: Style): readonly string[] {
  const now = Date.now();
  const { drain } = worker;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', worker.id],
    ['status', `${statusText(worker, style)}, since ${ago(worker.since, now)}`],
    [
      'drained',
      drain &&
        `by ${oneLine(drain.by)}, ${ago(drain.at, now)}${drain.reason === undefined ? '' : `: ${oneLine(drain.reason)}`}`,
    ],
    ['slots', `${worker.busy} of ${worker.slots} in use`],
    ['runs', runsText(worker)],
    ['tags', tagsText(worker)],
    ['team', oneLine(worker.team ?? 'all')],
    ['comes by', worker.via && [worker.via, worker.address].filter(Boolean).join(' from ')],
    ['token', worker.token],
    ['version', oneLine(worker.version)],
    ['heard of', ago(worker.lastSeenAt, now)],
    ['known', `since ${ago(worker.firstSeenAt, now)}`],
  ];
  return [
    style.bold(oneLine(worker.name)),
    ...rows.flatMap(([label, value]) => (value === undefined ? [] : [`  ${label.padEnd(9)} ${value}`])),
  ];
}

/** One that is to leave has finished when it has left. */
function hasFinished({ status, busy }: WorkerView, leaves: boolean): boolean {
  return status === 'gone' || status === 'lost' || (!leaves && busy === 0);
}

async function untilFinished(
  { client }: Remote<DrainOptions>,
  worker: WorkerView,
  leaves: boolean,
): Promise<WorkerView> {
  for (let now = worker; ; ) {
    if (hasFinished(now, leaves)) return now;
    if (now.status === 'running') {
      throw new CodedError('worker.resumed', `${now.name} was resumed by somebody while it was to finish`, {
        hint: 'drain it again',
      });
    }
    await delay(LOOK_EVERY_MS);
    now = await client.call('getWorker', { params: { worker: now.id } });
  }
}

function drainedLine(worker: WorkerView, style?: Style): string {
  const name = style === undefined ? oneLine(worker.name) : style.bold(oneLine(worker.name));
  if (worker.status === 'gone' || worker.status === 'lost')
    return `${name} is ${worker.status}, and will be drained when it comes back`;
  if (worker.busy === 0) return `${name} is drained: it runs nothing and takes nothing new`;
  return `${name} takes nothing new, and finishes ${runsText(worker)}`;
}
