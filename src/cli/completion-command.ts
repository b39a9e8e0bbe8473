/** `pikoci completion`: what a shell needs to complete command lines, and `pikoci complete`, which it asks. */
import type { Command } from 'commander';
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';
import type { Candidate, ValueOf } from './completion/complete-line.ts';
import { SHELL_SCRIPTS, SHELLS, type Shell } from './completion/shell-scripts.ts';
import type { CommandContext } from './context.ts';
import { KINDS } from './import/recognize.ts';

export interface CompletionContext extends CommandContext {
  /** What the settings of a command may be, where only some values are right. */
  readonly choices: (command: string, flag: string) => readonly string[];
}

/** A person waits for the list: a server that does not answer by then is left out. */
const SERVER_TIMEOUT_MS = 1_500;

export function registerCompletionCommand(program: Command, context: CompletionContext): void {
  program
    .command('completion [shell]')
    .description('Print what a shell (bash, zsh, fish) needs to complete commands, flags and the names on your server.')
    .addHelpText(
      'after',
      `
Examples:
  echo 'source <(pikoci completion bash)' >> ~/.bashrc
  echo 'source <(pikoci completion zsh)' >> ~/.zshrc         behind compinit
  pikoci completion fish > ~/.config/fish/completions/pikoci.fish`,
    )
    .action((shell: string | undefined) => {
      context.stdout.write(SHELL_SCRIPTS[shellOf(shell, context.env)]);
    });

  program
    .command('complete [words...]', { hidden: true })
    .description('What could come next on a command line; for shells.')
    .action(async (words: readonly string[]) => {
      const { completeLine } = await import('./completion/complete-line.ts');
      const found = await completeLine(program, words.slice(0, -1), words.at(-1) ?? '', (of) => valuesOf(of, context));
      const lines = found.candidates.map(({ value, about }) => `${found.prefix}${value}\t${about}`);
      context.stdout.write(`${[...lines, found.files ? ':files' : ':'].map(onOneLine).join('\n')}\n`);
    });
}

/** Throws `usage.*`. */
function shellOf(given: string | undefined, env: CommandContext['env']): Shell {
  const named = given ?? env.SHELL?.split('/').at(-1) ?? '';
  const shell = SHELLS.find((each) => each === named);
  if (shell !== undefined) return shell;
  if (given === undefined) {
    throw new CodedError('usage.missing', 'for which shell?', { hint: `name it: ${SHELLS.join(', ')}` });
  }
  const near = nearest(given, SHELLS);
  throw new CodedError('usage.bad_value', `"${given}" is not a shell that there is completion for`, {
    hint: near === undefined ? `there is for ${SHELLS.join(', ')}` : `did you mean ${near}?`,
  });
}

async function valuesOf(of: ValueOf, context: CompletionContext): Promise<readonly Candidate[]> {
  if (of.path[0] === 'completion') return SHELLS.map((value) => ({ value, about: '' }));
  if (of.path[0] === 'import' && of.name === 'kind') return KINDS.map((value) => ({ value, about: '' }));
  const choices = of.kind === 'option' && of.path.length === 1 ? context.choices(of.path[0] ?? '', of.name) : [];
  if (choices.length > 0) return choices.map((value) => ({ value, about: '' }));
  const { fixedValues, namesOnServer } = await import('./completion/names-on-server.ts');
  const names = namesOnServer(of);
  if (names === undefined) return fixedValues(of);
  const { connect } = await import('./remote/connection.ts');
  const late = new Promise<readonly Candidate[]>((done) => setTimeout(done, SERVER_TIMEOUT_MS, []).unref());
  const asked = connect(of.options.url, context).then(names);
  // Nobody who presses the tab key wants to read why a server cannot be asked.
  return Promise.race([asked.catch(() => []), late]);
}

/** Names come from servers: none of them ends its line, or begins another column. */
function onOneLine(line: string): string {
  const [value = '', ...about] = line.split('\t');
  const clean = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');
  return about.length === 0 ? clean(value) : `${clean(value)}\t${clean(about.join(' '))}`;
}
