import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { PipelineDetail } from '../../protocol/api.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { readVariables } from '../variables.ts';
import { given, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { ago, oneLine, statusWord, table } from './table.ts';
import { addTrigger } from './trigger.ts';

interface SetOptions extends RemoteOptions {
  readonly pipelineConfig?: string;
  readonly var?: readonly string[];
  readonly vars?: readonly string[];
  readonly expectedRevision?: string;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function addPipelines(parent: Command, context: CommandContext): void {
  const pipelines = parent.command('pipelines').description('Pipelines of a server.');

  remoteCommand(
    pipelines.command('list').description('All pipelines of the team.'),
    context,
    'none',
    async ({ client, options, style, print }) => {
      const found = await client.call('listPipelines', { query: { team: options.team } });
      print(found, () =>
        table(
          ['PIPELINE', 'STATUS', 'JOBS', 'RUNNING', 'REVISION', 'CHANGED'],
          found.map((one) => [
            one.name,
            one.paused ? style.dim('paused') : statusWord(one.status, style),
            String(one.jobs.length),
            String(one.running),
            String(one.revision),
            ago(one.updatedAt, Date.now()),
          ]),
          `team ${options.team} has no pipeline: make one with pikoci pipelines set NAME --pipeline-config FILE`,
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand(
    pipelines.command('get <name>').description('A pipeline with its jobs and resources.'),
    context,
    'none',
    async ({ client, options, style, print }, name = '') => {
      const found = await client.call('getPipeline', { params: { team: options.team, pipeline: name } });
      print(found, () => describe(found, style));
      return 0;
    },
  );

  remoteCommand<SetOptions>(
    pipelines
      .command('set [name]')
      .description('Make a pipeline from a file, or give it a new revision.')
      .option('--pipeline-config <file>', 'the file (default pipeline.hcl)')
      .option('--var <name=value>', 'a variable; may be given several times', collect)
      .option('--vars <file>', 'variables from a JSON, YAML or HCL file', collect)
      .option('--expected-revision <number>', 'refuse when another revision is in force')
      .addHelpText(
        'after',
        '\nExample:\n  pikoci pipelines set my-app --pipeline-config pipeline.hcl --var branch=main',
      ),
    context,
    'none',
    async ({ client, options, print }, name) => {
      const file = options.pipelineConfig ?? 'pipeline.hcl';
      const { bundleFile, pipelineNameOf } = await import('../load-file.ts');
      const variables = await readVariables({ var: options.var ?? [], vars: options.vars ?? [], cwd: context.cwd });
      const result = await client.call('setPipeline', {
        params: { team: options.team, pipeline: name || pipelineNameOf(file) },
        body: {
          bundle: await bundleFile(file, context.cwd),
          variables,
          expectedRevision: revisionOf(options.expectedRevision),
        },
      });
      for (const warning of result.warnings) context.stderr.write(`${warning}\n`);
      const what = result.created ? 'made' : result.changed ? 'changed' : 'as it was';
      print(result, () => [`pipeline ${result.name}: ${what}, revision ${result.revision}`]);
      return 0;
    },
  );

  remoteCommand(
    pipelines.command('delete <name>').description('Delete a pipeline with its builds and logs.'),
    context,
    'none',
    async ({ client, options, print }, name = '') => {
      await client.call('deletePipeline', { params: { team: options.team, pipeline: name } });
      print({ deleted: name }, () => [`pipeline ${oneLine(name)} is deleted`]);
      return 0;
    },
  );

  for (const [verb, route, done] of [
    ['pause', 'pausePipeline', 'paused'],
    ['unpause', 'unpausePipeline', 'going on'],
  ] as const) {
    remoteCommand(
      pipelines
        .command(`${verb} <name>`)
        .description(verb === 'pause' ? 'Start no new builds.' : 'Go on after a pause.'),
      context,
      'none',
      async ({ client, options, print }, name = '') => {
        const result = await client.call(route, { params: { team: options.team, pipeline: name } });
        print(result, () => [`pipeline ${oneLine(name)} is ${done}`]);
        return 0;
      },
    );
  }

  addTrigger(
    pipelines.command('trigger [name]').description('Start a build of a job now.'),
    context,
    'pikoci pipelines trigger my-app -j test --watch',
    (remote, name) => ({
      team: remote.options.team,
      pipeline: given(name || remote.options.pipeline, 'which pipeline?', 'name it with -p PIPELINE'),
      job: given(remote.options.job, 'which job?', 'name it with -j JOB'),
    }),
  );
}

function revisionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CodedError('usage.bad_value', `--expected-revision: "${text}" is not a number`);
}

function describe(pipeline: PipelineDetail, style: Style): string[] {
  const now = Date.now();
  return [
    `${style.bold(oneLine(pipeline.name))}  revision ${pipeline.revision}${pipeline.paused ? '  paused' : ''}`,
    '',
    ...table(
      ['JOB', 'STATUS', 'BUILD', 'WHY NOT'],
      pipeline.jobList.map((job) => [
        job.name,
        job.paused ? style.dim(`paused by ${job.pausedBy}`) : statusWord(job.builds[0]?.status ?? null, style),
        job.builds[0] === undefined ? '-' : String(job.builds[0].number),
        job.hold?.text ?? '',
      ]),
      'no jobs',
      style,
    ),
    '',
    ...table(
      ['RESOURCE', 'CHECKED', 'EVERY', 'PROBLEM'],
      pipeline.resources.map((resource) => [
        resource.address,
        ago(resource.lastCheckAt, now),
        resource.schedule,
        resource.lastCheckProblem === undefined ? '' : style.red(oneLine(resource.lastCheckProblem.message)),
      ]),
      'no resources',
      style,
    ),
  ];
}
