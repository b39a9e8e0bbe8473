import type { Command } from 'commander';
import { hasErrors } from '../hcl/diagnostic.ts';
import { type FileCommandContext, rendered } from './file-commands.ts';
import type { InitOptions } from './init/init.ts';

export function registerInitCommand(program: Command, context: FileCommandContext): void {
  program
    .command('init [directory]')
    .description('Write a first pipeline for what lies in a directory: which language it is, where its repository is.')
    .option('-o, --output <file>', 'where it goes; - is standard output (default: pipeline.hcl in the directory)')
    .option('--repository <url>', "where builds clone it from (default: git's remote origin)")
    .option('--branch <name>', 'which branch is built (default: the one that is checked out)')
    .option('--runner <runner>', 'shell: on the worker as it is; docker: in a container of the usual image')
    .option('--force', 'over a file that is there')
    .option('-y, --yes', 'ask nothing')
    .addHelpText('after', '\nExamples:\n  pikoci init\n  pikoci init my-app --runner docker --yes')
    .action(async (directory: string | undefined, options: InitOptions) => {
      const { init } = await import('./init/init.ts');
      context.exit(await init(directory ?? '.', options, context, (text) => whatIsWrong(text, context)));
    });
}

/** `undefined`: nothing. */
async function whatIsWrong(text: string, context: FileCommandContext): Promise<string | undefined> {
  const { makeBundle } = await import('../pipeline/bundle.ts');
  const { loadPipeline } = await import('../pipeline/load.ts');
  const { builtins, sources, env } = context;
  const bundle = await makeBundle('pipeline.hcl', {
    read: async (file) => (file === 'pipeline.hcl' ? text : undefined),
    list: async () => [],
  });
  const { diagnostics, sources: texts } = await loadPipeline({ bundle, variables: {}, env, sources, builtins });
  return hasErrors(diagnostics) ? rendered(diagnostics, texts, context) : undefined;
}
