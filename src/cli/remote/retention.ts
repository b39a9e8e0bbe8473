import type { Command } from 'commander';
import type { RetentionView } from '../../protocol/retention.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, statusWord, table } from './table.ts';

interface RetentionOptions extends RemoteOptions {
  readonly dryRun?: boolean;
}

export function addRetention(parent: Command, context: CommandContext): void {
  remoteCommand<RetentionOptions>(
    parent
      .command('retention')
      .description('How long builds and logs are kept; with --dry-run what would be deleted now, and why.')
      .option('--dry-run', 'list every build; nothing is deleted')
      .addHelpText('after', '\nExample:\n  pikoci retention --dry-run -p my-app'),
    context,
    'pipeline',
    async ({ client, options, style, print }) => {
      const { team, pipeline } = options;
      const found = await client.call('retention', { query: { team, pipeline } });
      print(found, () => (options.dryRun === true ? listed(found, style) : summed(found, style)));
      return 0;
    },
  );
}

function summed({ settings, jobs, logs }: RetentionView, style: Style): string[] {
  const logsKept = settings.logsDays === undefined ? 'as long as their builds' : plural(settings.logsDays, 'day');
  return [
    `where a job does not say, kept are: ${limits(settings)}; logs: ${logsKept}`,
    ...(logs.builds.length === 0 ? [] : [`logs that would go now: of ${count(logs.builds.length, logs.more)} builds`]),
    '',
    ...table(
      ['PIPELINE', 'JOB', 'KEPT', 'WOULD GO NOW'],
      jobs.map((job) => [
        oneLine(job.pipeline),
        oneLine(job.job),
        limits(job.keeps),
        job.builds.length === 0 ? '-' : plural(job.builds.length, 'build', count(job.builds.length, job.more)),
      ]),
      'all builds of all jobs are kept',
      style,
    ),
  ];
}

function listed({ jobs }: RetentionView, style: Style): string[] {
  const now = Date.now();
  return table(
    ['PIPELINE', 'JOB', 'BUILD', 'STATUS', 'ENDED', 'WHY IT WOULD GO'],
    jobs.flatMap((job) => [
      ...job.builds.map((build) => [
        oneLine(job.pipeline),
        oneLine(job.job),
        String(build.number),
        statusWord(build.status, style),
        ago(build.endedAt, now),
        build.why === 'age'
          ? `ended more than ${plural(job.keeps.days ?? 0, 'day')} ago`
          : `not among the newest ${job.keeps.builds}`,
      ]),
      ...(job.more ? [[oneLine(job.pipeline), oneLine(job.job), '…', '', '', 'and more']] : []),
    ]),
    'nothing would be deleted',
    style,
  );
}

function limits({ builds, days }: { builds?: number | undefined; days?: number | undefined }): string {
  const both = [builds === undefined ? '' : plural(builds, 'build'), days === undefined ? '' : plural(days, 'day')];
  return both.filter(Boolean).join(', ') || 'all builds';
}

const count = (listedOnes: number, more: boolean): string => (more ? `more than ${listedOnes}` : String(listedOnes));
const plural = (number: number, noun: string, text = String(number)): string =>
  `${text} ${noun}${number === 1 ? '' : 's'}`;
