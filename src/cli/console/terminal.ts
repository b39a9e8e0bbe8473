/** The console on a terminal: a prompt, Tab, and what was typed before at the up arrow. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Scope } from '../../hcl/scope.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { defaultDataDir } from '../../lib/system/paths.ts';
import { readPrivateFile, writePrivateFile } from '../../lib/system/private-file.ts';
import type { ConsoleCommandContext } from '../console-command.ts';
import { completeName } from './complete-name.ts';
import { createSession } from './session.ts';

const PROMPT = '> ';
const MORE = '… ';
const MOST_KEPT = 1_000;

/** Until `exit` or Ctrl-D. Ctrl-C forgets what is being typed. Gives the exit code. */
export async function runTerminal(scope: Scope, context: ConsoleCommandContext): Promise<number> {
  const file = join(defaultDataDir(context.env, context.cwd), 'console-history');
  let history = await readHistory(file, context);
  const session = createSession(scope, context);
  const prompt = createInterface({
    input: context.stdin,
    output: process.stdout,
    terminal: true,
    prompt: PROMPT,
    history: [...history],
    historySize: MOST_KEPT,
    completer: (line: string) => completeName(line, scope),
  });
  prompt.on('history', (lines) => {
    history = lines;
  });
  await new Promise<void>((resolve) => {
    prompt.on('line', (line) => {
      const reaction = session.line(line);
      if (reaction.kind === 'exit') {
        prompt.close();
        return;
      }
      prompt.setPrompt(reaction.kind === 'more' ? MORE : PROMPT);
      prompt.prompt();
    });
    prompt.on('SIGINT', () => {
      session.forget();
      context.stdout.write('\n');
      prompt.setPrompt(PROMPT);
      // Throws away the line that is being typed.
      prompt.write(null, { ctrl: true, name: 'e' });
      prompt.write(null, { ctrl: true, name: 'u' });
      prompt.prompt();
    });
    prompt.on('close', resolve);
    prompt.prompt();
  });
  await keepHistory(file, history, context);
  return 0;
}

/** The newest first, as readline wants it. Without it one can still work. */
async function readHistory(file: string, context: ConsoleCommandContext): Promise<string[]> {
  try {
    const text = (await readPrivateFile(file)) ?? '';
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    tell(error, context);
    return [];
  }
}

async function keepHistory(file: string, lines: readonly string[], context: ConsoleCommandContext): Promise<void> {
  try {
    await writePrivateFile(file, `${lines.slice(0, MOST_KEPT).join('\n')}\n`);
  } catch (error) {
    tell(error, context);
  }
}

function tell(error: unknown, context: ConsoleCommandContext): void {
  if (!(error instanceof CodedError)) throw error;
  context.stderr.write(`pikoci: no history: ${error.message}\n`);
}
