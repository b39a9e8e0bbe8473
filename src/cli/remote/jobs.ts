import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { reasonOption } from './reason-option.ts';
import { type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, markText, oneLine, statusWord, table } from './table.ts';
import { addTrigger } from './trigger.ts';

export function addJobs(parent: Command, context: CommandContext): void {
  const jobs = parent.command('jobs').description('Jobs of a pipeline.');

  remoteCommand(
    jobs
      .command('list')
      .description('Jobs with their newest build, and why one did not run.')
      .addHelpText('after', '\nExample:\n  pikoci jobs list -p my-app'),
    context,
    'pipeline',
    async ({ client, pipeline, style, print }) => {
      const found = await client.call('listJobs', { params: pipeline() });
      print(found, () =>
        table(
          ['JOB', 'BUILD', 'STATUS', 'WHEN', 'WHY NOT'],
          found.map((job) => {
            const newest = job.builds[0];
            return [
              oneLine(job.name),
              newest === undefined ? '-' : String(newest.number),
              job.paused ? style.dim(`paused${markText(job.pause)}`) : statusWord(newest?.status ?? null, style),
              ago(newest?.createdAt ?? null, Date.now()),
              oneLine(job.hold?.text ?? ''),
            ];
          }),
          'this pipeline has no jobs',
          style,
        ),
      );
      return 0;
    },
  );

  addTrigger(
    jobs.command('trigger [job]').description('Start a build now, with the newest versions or those you choose.'),
    context,
    'pikoci jobs trigger test -p my-app --watch',
    (remote, named) => remote.job(named),
  );

  for (const [verb, route, done] of [
    ['pause', 'pauseJob', 'paused'],
    ['unpause', 'unpauseJob', 'going on'],
  ] as const) {
    remoteCommand<RemoteOptions & { reason?: string }>(
      jobs
        .command(`${verb} [job]`)
        .description(verb === 'pause' ? 'Start no new builds of a job.' : 'Go on after a pause.')
        .option(...reasonOption())
        .addHelpText('after', `\nExample:\n  pikoci jobs ${verb} test -p my-app`),
      context,
      'job',
      async ({ client, job, options, print }, named) => {
        const result = await client.call(route, { params: job(named), body: { reason: options.reason } });
        print(result, () => [`job ${oneLine(result.name)} is ${done}`]);
        return 0;
      },
    );
  }
}
