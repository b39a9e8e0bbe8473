/** `pikoci console` itself: from a terminal, from a pipe, or as lines of JSON. */
import { createInterface } from 'node:readline';
import { standardFunctions } from '../../hcl/functions/standard-functions.ts';
import type { Scope } from '../../hcl/scope.ts';
import { loadScope } from '../../pipeline/load-scope.ts';
import type { ConsoleCommandContext, ConsoleOptions } from '../console-command.ts';
import { rendered } from '../file-commands.ts';
import { bundleFile } from '../load-file.ts';
import { readVariables } from '../variables.ts';
import { answerLines } from './json-lines.ts';
import { createSession } from './session.ts';
import { runTerminal } from './terminal.ts';

/** The exit code: 1 when something that was piped in was wrong. What is wrong with the pipeline is said first, and stops nothing. */
export async function runConsole(options: ConsoleOptions, context: ConsoleCommandContext): Promise<number> {
  const scope = await scopeOf(options, context);
  if (options.json === true) {
    await answerLines(context.stdin, context.stdout, scope);
    return 0;
  }
  if (context.stdin.isTTY === true) return runTerminal(scope, context);
  const session = createSession(scope, context);
  let failed = false;
  for await (const line of createInterface({ input: context.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const reaction = session.line(line);
    if (reaction.kind === 'exit') return failed ? 1 : 0;
    if (reaction.kind === 'done') failed ||= reaction.failed;
  }
  const last = session.end();
  return failed || (last.kind === 'done' && last.failed) ? 1 : 0;
}

async function scopeOf(options: ConsoleOptions, context: ConsoleCommandContext): Promise<Scope> {
  const { pipelineConfig: file } = options;
  const variables = await readVariables({ var: options.var ?? [], vars: options.vars ?? [], cwd: context.cwd });
  if (file === undefined && Object.keys(variables).length === 0) {
    return { variables: new Map(), functions: standardFunctions() };
  }
  const bundle = await bundleFile(file ?? 'pipeline.hcl', context.cwd);
  const { env, sources, builtins } = context;
  const loaded = await loadScope({ bundle, variables, env, sources, builtins });
  if (loaded.diagnostics.length > 0) context.stderr.write(rendered(loaded.diagnostics, loaded.sources, context));
  return loaded.scope;
}
