/** `pikoci lsp`: the language server, for editors. */
import type { Command } from 'commander';
import { CodedError } from '../lib/coded-error.ts';
import type { FileCommandContext } from './file-commands.ts';
import { checkedRegistryUrl } from './registry-url.ts';

export function registerLspCommand(
  program: Command,
  context: Pick<FileCommandContext, 'builtins' | 'sources' | 'env' | 'exit'>,
): void {
  program
    .command('lsp')
    .description('Help editors with pipelines: the Language Server Protocol, on standard input and output.')
    // What editors add by themselves; there is no other way to talk to it.
    .option('--stdio', 'the only way it speaks, so this changes nothing')
    .option('--clientProcessId <pid>', 'ends when that process has ended')
    .option('--registry-url <url>', 'where pikoci://NAME is looked for when it is not built in (PIKOCI_REGISTRY_URL)')
    .addHelpText('after', '\nExample:\n  pikoci lsp --stdio\n\nAn editor starts it; docs/editors.md says how.')
    .action(async (options: { readonly registryUrl?: string; readonly clientProcessId?: string }) => {
      checkProcessId(options.clientProcessId);
      const registryUrl = checkedRegistryUrl(options.registryUrl ?? context.env.PIKOCI_REGISTRY_URL);
      const { serveLanguage } = await import('./lsp/server.ts');
      context.exit(await serveLanguage({ builtins: context.builtins, sources: context.sources, registryUrl }));
    });
}

/** The library of the protocol reads it by itself, and passes over what is no number. */
function checkProcessId(given: string | undefined): void {
  if (given === undefined || /^[1-9][0-9]*$/.test(given)) return;
  throw new CodedError('usage.process-id', `--clientProcessId is the number of a process, not "${given}".`, {
    hint: 'Leave it out to serve until the input ends.',
  });
}
