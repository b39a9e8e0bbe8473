/** `pikoci console`: what an expression gives, at once. What it needs is loaded when it runs. */
import type { Command } from 'commander';
import type { FileCommandContext } from './file-commands.ts';

export interface ConsoleCommandContext extends FileCommandContext {
  readonly stdin: NodeJS.ReadStream;
}

export interface ConsoleOptions {
  readonly pipelineConfig?: string;
  readonly var?: readonly string[];
  readonly vars?: readonly string[];
  readonly json?: boolean;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function registerConsoleCommand(program: Command, context: ConsoleCommandContext): void {
  program
    .command('console')
    .description('Evaluate expressions, with the variables and locals of a pipeline.')
    .option('--pipeline-config <file>', 'the pipeline whose variables and locals expressions may use')
    .option('--var <name=value>', 'a variable; may be given several times', collect)
    .option('--vars <file>', 'variables from a JSON, YAML or HCL file', collect)
    .option('--json', 'a request on each line of the input, its answer on each line of the output')
    .addHelpText('after', '\nExample:\n  echo \'upper("hello")\' | pikoci console')
    .action(async (options: ConsoleOptions) => {
      const { runConsole } = await import('./console/run-console.ts');
      context.exit(await runConsole(options, context));
    });
}
