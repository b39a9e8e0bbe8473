import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfCommand } from './self-command.ts';

/**
 * The path of one file that is this program: what `$PIKOCI` is for built-in types. The executable itself; run from source, a script
 * written into `directory` (which must be private).
 */
export function selfExecutable(directory: string): string {
  const [program, ...args] = selfCommand();
  if (args.length === 0) return program;
  const script = join(directory, 'pikoci');
  const quoted = [program, ...args].map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ');
  writeFileSync(script, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o700 });
  return script;
}
