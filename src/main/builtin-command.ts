import { LASTING_CODES, LASTING_EXIT } from '../builtins/builtin-command.ts';
import { builtinCommands } from '../builtins/builtin-commands.ts';
import { CodedError } from '../lib/coded-error.ts';
import { nearest } from '../lib/nearest.ts';

/**
 * `pikoci builtin NAME`: the code behind the built-in types, as the files of /builtins call it. Gives the exit code; 2 for a name that is none.
 */
export async function runBuiltin(name: string | undefined): Promise<number> {
  const load = name !== undefined && Object.hasOwn(builtinCommands, name) ? builtinCommands[name] : undefined;
  if (load === undefined) {
    const names = Object.keys(builtinCommands);
    const meant = name === undefined ? undefined : nearest(name, names);
    const hint = meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${meant}"?`;
    process.stderr.write(`pikoci: there is no builtin ${JSON.stringify(name ?? '')}\n        ${hint}\n`);
    return 2;
  }
  try {
    const command = await load();
    return await command.run(process.env, {
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
    });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
    return LASTING_CODES.has(error.code) ? LASTING_EXIT : 1;
  }
}
