import type { Command } from 'commander';
import type { FileCommandContext } from './file-commands.ts';
import type { ImportOptions } from './import/import.ts';
import type { FindMistakes } from './import/settle.ts';

export function registerImportCommand(program: Command, context: FileCommandContext): void {
  program
    .command('import <kind> <file>')
    .description('Convert a pipeline of Concourse, GitHub Actions or GitLab, and mark what cannot be.')
    .option('-o, --output <file>', 'where it goes; - is standard output (default: pipeline.hcl)')
    .option('--repository <url>', "where builds clone the repository from (default: git's remote origin of the file)")
    .option('--force', 'over a file that is there')
    .option('--json', 'what was converted and what was not, for machines')
    .addHelpText(
      'after',
      `
The kind is concourse, github-actions or gitlab.

Examples:
  pikoci import concourse ci/pipeline.yml
  pikoci import github-actions .github/workflows/ci.yml -o ci.hcl
  pikoci import gitlab .gitlab-ci.yml -o -`,
    )
    .action(async (kind: string, file: string, options: ImportOptions) => {
      const { importPipeline } = await import('./import/import.ts');
      context.exit(await importPipeline(kind, file, options, context, mistakesBy(context)));
    });
}

function mistakesBy({ builtins, sources, env }: FileCommandContext): FindMistakes {
  return async (text) => {
    const { makeBundle } = await import('../pipeline/bundle.ts');
    const { loadPipeline } = await import('../pipeline/load.ts');
    const bundle = await makeBundle('pipeline.hcl', {
      read: async (file) => (file === 'pipeline.hcl' ? text : undefined),
      list: async () => [],
    });
    const { diagnostics } = await loadPipeline({ bundle, variables: {}, env, sources, builtins });
    return diagnostics.filter(({ severity }) => severity === 'error');
  };
}
