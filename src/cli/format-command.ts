import type { Command } from 'commander';
import type { CommandContext } from './context.ts';

export interface FormatContext extends CommandContext {
  /** What is read for the name `-`. */
  readonly stdin: () => AsyncIterable<Uint8Array | string>;
}

export interface FormatOptions {
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly recursive?: boolean;
}

export function registerFormatCommand(program: Command, context: FormatContext): void {
  program
    .command('fmt [paths...]')
    .description('Write pipeline files as they should look.')
    .option('--check', 'change nothing; list what would change, and exit with 1 if anything would')
    .option('--diff', 'change nothing; show what would change')
    .option('-r, --recursive', 'also look in directories inside a directory')
    .addHelpText(
      'after',
      `
A path is a file, a directory (its *.hcl files), or - for standard input. Without one: the *.hcl files of this directory.

Examples:
  pikoci fmt
  pikoci fmt --check --recursive .
  pikoci fmt - < pipeline.hcl`,
    )
    .action(async (paths: readonly string[], options: FormatOptions) => {
      const { formatFiles } = await import('./format-files.ts');
      context.exit(await formatFiles(paths, options, context));
    });
}
