import type { Command } from 'commander';
import type { PipelinePlan } from '../../protocol/revisions.ts';
import type { CommandContext } from '../context.ts';
import { environmentVariables, readVariables } from '../variables.ts';
import { type Remote, type RemoteOptions, remoteCommand } from './remote-command.ts';

export interface FileOptions extends RemoteOptions {
  readonly pipelineConfig?: string;
  readonly var?: readonly string[];
  readonly vars?: readonly string[];
}

interface PlanOptions extends FileOptions {
  readonly detailedExitcode?: boolean;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** The options that say what a pipeline is made of. */
export function addFileOptions(command: Command): Command {
  return command
    .option('--pipeline-config <file>', 'the file (default pipeline.hcl)')
    .option('--var <name=value>', 'a variable; may be given several times', collect)
    .option('--vars <file>', 'variables from a JSON, YAML or HCL file', collect);
}

export function addPlan(parent: Command, context: CommandContext): void {
  remoteCommand<PlanOptions>(
    addFileOptions(parent.command('plan [file]'))
      .description('Say what setting a pipeline from a file would create, change and delete. Nothing is done.')
      .option('--detailed-exitcode', 'exit 2 when something would change')
      .addHelpText('after', '\nExample:\n  pikoci plan pipeline.hcl -p my-app --var branch=main'),
    context,
    'pipeline',
    async (remote, file) => {
      const { context, options, print, style } = remote;
      const { renderPlan } = await import('./apply-plan.ts');
      const { plan } = await planFile(remote, file || options.pipelineConfig, options.pipeline);
      for (const warning of plan.warnings) context.stderr.write(`${warning}\n`);
      print(plan, () => renderPlan(plan, style));
      return plan.changed && options.detailedExitcode === true ? 2 : 0;
    },
  );
}

/** What a file and its variables are, as a request has it, and what setting them would do. */
export async function planFile(
  { client, context, options }: Remote<FileOptions>,
  file = 'pipeline.hcl',
  named?: string,
): Promise<{
  readonly plan: PipelinePlan;
  readonly params: { readonly team: string; readonly pipeline: string };
  readonly body: Parameters<typeof client.call<'planPipeline'>>[1]['body'];
}> {
  // The whole language: only for a command that reads a pipeline.
  const { bundleFile, pipelineNameOf } = await import('../load-file.ts');
  const given = await readVariables({ var: options.var ?? [], vars: options.vars ?? [], cwd: context.cwd });
  const params = { team: options.team, pipeline: named || pipelineNameOf(file) };
  const bundle = await bundleFile(file, context.cwd);
  const body = { bundle, variables: { ...(await environmentVariables(bundle, context.env)), ...given } };
  return { plan: await client.call('planPipeline', { params, body }), params, body };
}
