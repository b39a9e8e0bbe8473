/** `pikoci explain`: why a job does not run, or what it waits for, and the way out. */
import type { Command } from 'commander';
import type { ExplainView, ReasonView } from '../../protocol/reasons.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { remoteCommand } from './remote-command.ts';
import { ago, oneLine, untilText } from './table.ts';

export function addExplain(parent: Command, context: CommandContext): void {
  remoteCommand(
    parent
      .command('explain [job]')
      .description('Why a job does not run, or what it waits for, and the way out. Without a job, of all jobs.')
      .addHelpText('after', '\nExample:\n  pikoci explain -p my-app -j deploy'),
    context,
    'job',
    async ({ client, pipeline, job, options, style, print }, named) => {
      const one = named || options.job;
      const found =
        one === undefined
          ? await client.call('explainPipeline', { params: pipeline() })
          : [await client.call('explainJob', { params: job(one) })];
      const now = Date.now();
      print(one === undefined ? found : found[0], () =>
        found.length === 0
          ? ['this pipeline has no jobs']
          : found.flatMap((explained) => explainLines(explained, style, now)),
      );
      return 0;
    },
  );
}

export function explainLines(
  { job, state, summary, reasons, waiting }: ExplainView,
  style: Style,
  now: number,
): string[] {
  const head = `${style.bold(oneLine(job))}  ${STATES[state]}`;
  const lines = reasons.flatMap((reason) => reasonLines(oneLine(reason.text), reason, style, now));
  const waits = waiting.flatMap(({ number, wait }) =>
    reasonLines(`build ${number} waits for ${oneLine(wait.text)}`, wait, style, now),
  );
  return [head, ...(waits.length + lines.length === 0 ? [`  ${oneLine(summary)}`] : [...waits, ...lines])];
}

const STATES: Readonly<Record<ExplainView['state'], string>> = {
  running: 'runs',
  waiting: 'waits',
  held: 'does not run',
  idle: 'has nothing to do',
  manual: 'runs when somebody starts it',
};

function reasonLines(
  text: string,
  reason: ReasonView & { since?: number | undefined },
  style: Style,
  now: number,
): string[] {
  const at = reason.since ?? reason.mark?.at;
  const since = at === undefined ? '' : style.dim(` (since ${ago(at, now)})`);
  const until = reason.until === undefined ? '' : style.dim(` (${untilText(reason.until, now)})`);
  return [
    `  ${text}${since}${until}`,
    ...(reason.wayOut === undefined ? [] : [`    ${oneLine(reason.wayOut)}`]),
    ...(reason.command === undefined ? [] : [style.dim(`    ${oneLine(reason.command)}`)]),
  ];
}
