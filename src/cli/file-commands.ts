/** Commands on a pipeline's file that need no server: validate, lock. */
import type { Command } from 'commander';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Builtins, SourceLoader } from '../pipeline/source.ts';
import type { CommandContext } from './context.ts';
import { diagnosticJson } from './diagnostic-json.ts';
import type { LoadedFile } from './load-file.ts';
import type { LockContext, LockOptions } from './lock.ts';
import { checkedRegistryUrl } from './registry-url.ts';
import { wantsColor } from './style.ts';
import { readVariables } from './variables.ts';

export interface FileCommandContext extends CommandContext {
  readonly builtins: Builtins;
  readonly sources: SourceLoader;
  /** Of this pikoci: a lock file remembers whose built-ins it saw. */
  readonly version: string;
}

export interface FileOptions {
  readonly pipelineConfig?: string;
  readonly var?: readonly string[];
  readonly vars?: readonly string[];
  readonly registryUrl?: string;
  readonly json?: boolean;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function addFileOptions(command: Command): Command {
  return command
    .option('--pipeline-config <file>', 'the pipeline, when it is not named as an argument')
    .option('--var <name=value>', 'a variable; may be given several times', collect)
    .option('--vars <file>', 'variables from a JSON, YAML or HCL file', collect)
    .option('--registry-url <url>', 'where pikoci://NAME is looked for when it is not built in (PIKOCI_REGISTRY_URL)');
}

export function registerFileCommands(program: Command, context: FileCommandContext): void {
  addFileOptions(program.command('validate [file]'))
    .description('Say everything that is wrong with a pipeline.')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  pikoci validate pipeline.hcl')
    .action(async (file: string | undefined, options: FileOptions) =>
      context.exit(await validate(file, options, context)),
    );
  addFileOptions(program.command('lock [file]'))
    .description('Write down what the sources of a pipeline hold, and hold them to it from then on.')
    .option(
      '--check',
      'write nothing; say what differs from what the addresses hold now, and exit with 1 if anything does',
    )
    .option('--json', 'for machines')
    .option('--update [address]', 'take what this source (without an address: every one) holds now')
    .addHelpText('after', '\nExample:\n  pikoci lock pipeline.hcl      writes pipeline.lock.hcl')
    .action(async (file: string | undefined, options: LockOptions) => {
      const { lockSources } = await import('./lock.ts');
      const render: LockContext['render'] = (diagnostics, texts) => rendered(diagnostics, texts, context);
      context.exit(await lockSources(file, options, { ...context, render }, Date.now));
    });
}

/** Reads the pipeline that a command names. Throws `usage.unreadable_file`; its mistakes are in the result. */
export async function loadNamedFile(
  file: string | undefined,
  options: FileOptions,
  context: FileCommandContext,
): Promise<LoadedFile & { name: string }> {
  const name = file ?? options.pipelineConfig ?? 'pipeline.hcl';
  // The whole language: only for a command that reads a pipeline.
  const { loadPipelineFile } = await import('./load-file.ts');
  const variables = await readVariables({ var: options.var ?? [], vars: options.vars ?? [], cwd: context.cwd });
  const { builtins, sources, env, cwd } = context;
  const registryUrl = checkedRegistryUrl(options.registryUrl ?? env.PIKOCI_REGISTRY_URL);
  return { name, ...(await loadPipelineFile({ file: name, cwd, variables, env, builtins, sources, registryUrl })) };
}

async function validate(file: string | undefined, options: FileOptions, context: FileCommandContext): Promise<number> {
  const { name, result } = await loadNamedFile(file, options, context).catch((error: unknown) => {
    // Whoever reads JSON gets JSON, also of what is no pipeline at all.
    if (options.json === true && error instanceof CodedError) {
      context.stdout.write(`${JSON.stringify({ valid: false, diagnostics: [problemJson(error)] }, null, 2)}\n`);
    }
    throw error;
  });
  const { pipeline, diagnostics, sources } = result;
  const valid = !hasErrors(diagnostics);
  if (options.json === true) {
    const counts = pipeline === undefined ? {} : { jobs: pipeline.jobs.length, resources: pipeline.resources.length };
    context.stdout.write(
      `${JSON.stringify({ valid, ...counts, diagnostics: diagnostics.map((one) => diagnosticJson(one, sources)) }, null, 2)}\n`,
    );
    return valid ? 0 : 1;
  }
  if (diagnostics.length > 0) context.stderr.write(rendered(diagnostics, sources, context));
  if (pipeline === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
    context.stderr.write(`${name} is not valid: ${count(errors, 'mistake')}\n`);
    return 1;
  }
  context.stdout.write(
    `${name} is valid: ${count(pipeline.jobs.length, 'job')}, ${count(pipeline.resources.length, 'resource')}\n`,
  );
  return 0;
}

const problemJson = ({ code, message, hint }: CodedError): object => ({
  severity: 'error',
  code,
  summary: message,
  detail: hint ?? '',
});

/** Diagnostics as text for this terminal, or for a file. */
export function rendered(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  context: CommandContext,
): string {
  const color = wantsColor(context.stderr.isTTY === true, context.env);
  return `${renderDiagnostics(diagnostics, sources, { color })}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
