import type { Command } from 'commander';
import { CodedError } from '../../lib/coded-error.ts';
import type { PipelineDetail } from '../../protocol/api.ts';
import type { CommandContext } from '../context.ts';
import type { Style } from '../style.ts';
import { createTerminalText } from '../terminal-text.ts';
import type { ApplyOptions } from './apply-plan.ts';
import { addFileOptions, type FileOptions, planFile } from './plan.ts';
import { reasonOption } from './reason-option.ts';
import { given, type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';
import { addRevisions, revisionNumber } from './revisions.ts';
import { ago, markText, oneLine, statusWord, table } from './table.ts';
import { addTrigger } from './trigger.ts';

interface SetOptions extends FileOptions, ApplyOptions {
  readonly expectedRevision?: string;
}
interface GetOptions extends RemoteOptions {
  readonly text?: boolean;
  readonly revision?: string;
  readonly file?: string;
}

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
          ['PIPELINE', 'STATUS', 'JOBS', 'RUNNING', 'REVISION', 'CHANGED', 'SET BY'],
          found.map((one) => [
            oneLine(one.name),
            one.paused ? style.dim('paused') : statusWord(one.status, style),
            String(one.jobs.length),
            String(one.running),
            String(one.revision),
            ago(one.updatedAt, Date.now()),
            oneLine(one.setBy),
          ]),
          `team ${options.team} has no pipeline: make one with pikoci pipelines set NAME --pipeline-config FILE`,
          style,
        ),
      );
      return 0;
    },
  );

  remoteCommand<GetOptions>(
    pipelines
      .command('get [name]')
      .description('A pipeline with its jobs and resources, or its text.')
      .option('--text', 'the text it was made from')
      .option('--revision <number>', 'the text of an earlier revision')
      .option('--file <path>', 'of a file beside it that it reads')
      .addHelpText('after', '\nExample:\n  pikoci pipelines get my-app --revision 3 > pipeline.hcl'),
    context,
    'pipeline',
    async (remote, name) => {
      const { client, options, style, print } = remote;
      const pipeline = given(name || options.pipeline, 'which pipeline?', 'name it with -p PIPELINE');
      const { text, revision, file } = options;
      if (text === true || revision !== undefined || file !== undefined) return printText(remote, pipeline);
      const found = await client.call('getPipeline', { params: { team: options.team, pipeline } });
      print(found, () => describe(found, style));
      return 0;
    },
  );

  remoteCommand<SetOptions>(
    addFileOptions(pipelines.command('set [name]'))
      .description(
        'Make a pipeline from a file, or give it a new revision. Shows what that changes, and asks on a terminal.',
      )
      .option('-m, --message <text>', 'why, for the history')
      .option('-y, --yes', 'do not ask')
      .option('--expected-revision <number>', 'refuse when another revision is in force')
      .addHelpText(
        'after',
        '\nExample:\n  pikoci pipelines set my-app --pipeline-config pipeline.hcl --var branch=main',
      ),
    context,
    'pipeline',
    async (remote, name) => {
      const { client, options } = remote;
      const { applyPlan, checkMessage } = await import('./apply-plan.ts');
      if (name?.endsWith('.hcl') === true && options.pipelineConfig === undefined) {
        const { pipelineNameOf } = await import('../load-file.ts');
        throw new CodedError(
          'usage.bad_value',
          `"${name}" looks like a file, and what stands here is the pipeline's name`,
          {
            hint: `pikoci pipelines set ${pipelineNameOf(name)} --pipeline-config ${name}`,
          },
        );
      }
      checkMessage(options.message);
      const expectedRevision = revisionOf(options.expectedRevision);
      const { plan, params, body } = await planFile(remote, options.pipelineConfig, name || options.pipeline);
      return applyPlan(
        remote,
        plan,
        (onlyIf) =>
          client.call('setPipeline', { params, body: { ...body, expectedRevision, message: options.message }, onlyIf }),
        expectedRevision,
      );
    },
  );
  addRevisions(pipelines, context);

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

  for (const [verb, route, description, done] of [
    [
      'expose',
      'exposePipeline',
      'Let everybody look at a pipeline, its builds and their logs.',
      'everybody may look at it',
    ],
    ['hide', 'hidePipeline', 'Show a pipeline to its team alone.', 'only its team sees it'],
  ] as const) {
    remoteCommand(
      pipelines.command(`${verb} <name>`).description(description),
      context,
      'none',
      async ({ client, options: { team }, print }, pipeline = '') => {
        const shown = await client.call(route, { params: { team, pipeline } });
        print(shown, () => [`${oneLine(pipeline)}: ${done}`]);
        return 0;
      },
    );
  }

  for (const [verb, route, done] of [
    ['pause', 'pausePipeline', 'paused'],
    ['unpause', 'unpausePipeline', 'going on'],
  ] as const) {
    remoteCommand<RemoteOptions & { reason?: string }>(
      pipelines
        .command(`${verb} <name>`)
        .description(verb === 'pause' ? 'Start no new builds.' : 'Go on after a pause.')
        .option(...reasonOption())
        .addHelpText('after', `\nExample:\n  pikoci pipelines ${verb} my-app`),
      context,
      'none',
      async ({ client, options, print }, name = '') => {
        const params = { team: options.team, pipeline: name };
        const result = await client.call(route, { params, body: { reason: options.reason } });
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

/** The text of a file of a revision as it is; on a terminal without whatever would do more to it than colour. */
async function printText({ client, options, context, print }: Remote<GetOptions>, pipeline: string): Promise<number> {
  const params = { team: options.team, pipeline };
  const config =
    options.revision === undefined
      ? await client.call('pipelineConfig', { params })
      : await client.call('getRevision', {
          params: { ...params, revision: String(revisionNumber(options.revision)) },
        });
  if (options.json === true) {
    print(config, () => []);
    return 0;
  }
  const { main, files } = config.bundle;
  const path = options.file ?? main;
  const text = Object.hasOwn(files, path) ? files[path] : undefined;
  if (text === undefined) {
    throw new CodedError('usage.bad_value', `--file: revision ${config.revision} has no file "${oneLine(path)}"`, {
      hint: `it has ${Object.keys(files).map(oneLine).join(', ')}`,
    });
  }
  if (context.stdout.isTTY === true) {
    const terminal = createTerminalText();
    context.stdout.write(terminal.push(text) + terminal.flush());
  } else context.stdout.write(text);
  const others = Object.keys(files).filter((file) => file !== path);
  if (options.file === undefined && others.length > 0) {
    context.stderr.write(`beside it there is ${others.map(oneLine).join(', ')}: print it with --file\n`);
  }
  return 0;
}

function describe(pipeline: PipelineDetail, style: Style): string[] {
  const now = Date.now();
  return [
    `${style.bold(oneLine(pipeline.name))}  revision ${pipeline.revision}${pipeline.paused ? `  paused${markText(pipeline.pause)}` : ''}`,
    '',
    ...table(
      ['JOB', 'STATUS', 'BUILD', 'WHY NOT'],
      pipeline.jobList.map((job) => [
        oneLine(job.name),
        job.paused ? style.dim(`paused${markText(job.pause)}`) : statusWord(job.builds[0]?.status ?? null, style),
        job.builds[0] === undefined ? '-' : String(job.builds[0].number),
        oneLine(job.hold?.text ?? ''),
      ]),
      'no jobs',
      style,
    ),
    '',
    ...table(
      ['RESOURCE', 'CHECKED', 'EVERY', 'PROBLEM'],
      pipeline.resources.map((resource) => [
        oneLine(resource.address),
        ago(resource.lastCheckAt, now),
        resource.schedule,
        resource.lastCheckProblem === undefined ? '' : style.red(oneLine(resource.lastCheckProblem.message)),
      ]),
      'no resources',
      style,
    ),
  ];
}
