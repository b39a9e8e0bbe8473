import { standardFunctions } from '../../hcl/functions/standard-functions.ts';
import type { Scope } from '../../hcl/scope.ts';
import type { ConsoleCommandContext, ConsoleOptions } from '../console-command.ts';
import { answerLines } from './json-lines.ts';

export async function runConsole(_options: ConsoleOptions, context: ConsoleCommandContext): Promise<number> {
  const scope: Scope = { variables: new Map(), functions: standardFunctions() };
  await answerLines(context.stdin, context.stdout, scope);
  return 0;
}
