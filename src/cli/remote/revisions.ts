/** A pipeline's revisions: their history, what they changed, their text, and going back to one. */
import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { RevisionView } from '../../protocol/revisions.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { type ApplyOptions, checkMessage } from './apply-plan.ts';
import { collectPages, readLimit } from './pages.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, table } from './table.ts';

interface HistoryOptions extends RemoteOptions {
  readonly limit: string;
}
interface DiffOptions extends RemoteOptions {
  readonly plan?: boolean;
}

export function addRevisions(pipelines: Command, context: CommandContext): void {
  remoteCommand<HistoryOptions>(
    pipelines
      .command('history')
      .description('Revisions, newest first: who set them, when, why, and what they changed.')
      .option('-n, --limit <number>', 'how many', '20')
      .addHelpText('after', '\nExample:\n  pikoci pipelines history -p my-app'),
    context,
    'pipeline',
    history,
  );
  remoteCommand<DiffOptions>(
    pipelines
      .command('diff [from] [to]')
      .description('What differs between two revisions, in their text (default: the one in force and the one before).')
      .option('--plan', 'what it means: blocks and attributes that come, change and go')
      .addHelpText(
        'after',
        '\nWith one number: from that revision to the one in force.\n\nExample:\n  pikoci pipelines diff -p my-app 3 5 --plan',
      ),
    context,
    'pipeline',
    diff,
  );
  remoteCommand<ApplyOptions>(
    pipelines
      .command('restore <revision>')
      .description('Make a new revision from the text and the variables of an earlier one.')
      .option('-m, --message <text>', 'why, for the history')
      .option('-y, --yes', 'do not ask')
      .addHelpText('after', '\nExample:\n  pikoci pipelines restore -p my-app 3 -m "the new one breaks deploys"'),
    context,
    'pipeline',
    restore,
  );
}

const MOST_AT_ONCE = 50;

async function history({ client, options, pipeline, print, style }: Remote<HistoryOptions>): Promise<number> {
  const params = pipeline();
  const items = await collectPages(readLimit(options.limit, 'revisions'), MOST_AT_ONCE, (query) =>
    client.call('listRevisions', { params, query }),
  );
  const now = Date.now();
  print(items, () =>
    table(
      ['REVISION', 'SET', 'BY', 'CHANGES', 'WHY'],
      items.map((one) => [
        one.current ? style.bold(`${one.revision} in force`) : String(one.revision),
        ago(one.createdAt, now),
        oneLine(one.setBy),
        shortChanges(one, style),
        [...(one.restoredFrom === undefined ? [] : [`restores ${one.restoredFrom}`]), oneLine(one.message ?? '')]
          .filter(Boolean)
          .join(': '),
      ]),
      'no revisions',
      style,
    ),
  );
  return 0;
}

function shortChanges({ changes: { created, updated, deleted, first } }: RevisionView, style: Style): string {
  const all = created + updated + deleted;
  if (all === 0) return style.dim('text only');
  const SIGNS = { create: style.green('+'), update: style.yellow('~'), delete: style.red('-') };
  const more = all > first.length ? ` and ${all - first.length} more` : '';
  return first.map(({ action, block }) => `${SIGNS[action]} ${oneLine(block)}`).join(', ') + more;
}

async function diff(
  { client, options, pipeline, print, style }: Remote<DiffOptions>,
  first = '',
  second = '',
): Promise<number> {
  const params = pipeline();
  const inForce = second === '' ? (await client.call('pipelineConfig', { params })).revision : revisionNumber(second);
  const from = first === '' ? inForce - 1 : revisionNumber(first);
  if (from === 0) {
    print({ from: 0, to: inForce, changes: [], files: [], text: '' }, () => [
      `pipeline ${oneLine(params.pipeline)} has one revision: there is nothing to compare it with`,
    ]);
    return 0;
  }
  const found = await client.call('diffRevisions', {
    params: { ...params, revision: String(inForce) },
    query: { from },
  });
  if (options.plan === true && options.json !== true) {
    const { renderDifference } = await import('../render-plan.ts');
    const nothing = found.changes.length === 0 && found.files.length === 0;
    print(found, () => [
      `from revision ${from} to ${inForce}:`,
      '',
      ...(nothing ? ['  nothing'] : renderDifference(found, style)),
    ]);
    return 0;
  }
  const { diffForTerminal } = await import('../text-diff.ts');
  const { treePatch } = await import('../tree-patch.ts');
  const [old, now] = await Promise.all(
    [from, inForce].map((revision) =>
      client.call('getRevision', { params: { ...params, revision: String(revision) } }),
    ),
  );
  const text = old === undefined || now === undefined ? '' : treePatch(old.bundle, now.bundle);
  print({ ...found, text }, () => {
    if (text !== '') return [diffForTerminal(text.replace(/\n$/, ''), style.enabled)];
    const why = found.changes.length === 0 ? '' : '; variables differ: see --plan';
    return [`the text of revisions ${from} and ${inForce} is the same${why}`];
  });
  return 0;
}

async function restore(remote: Remote<ApplyOptions>, revision = ''): Promise<number> {
  const { client, options, pipeline } = remote;
  checkMessage(options.message);
  const params = { ...pipeline(), revision: String(revisionNumber(revision)) };
  const { applyPlan } = await import('./apply-plan.ts');
  const plan = await client.call('planRestore', { params });
  return applyPlan(remote, plan, (onlyIf) =>
    client.call('restoreRevision', { params, body: { message: options.message }, onlyIf }),
  );
}

/** Throws `usage.bad_value`. */
export function revisionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CodedError('usage.bad_value', `"${oneLine(text)}" is not the number of a revision`, {
    hint: 'pikoci pipelines history lists them',
  });
}
