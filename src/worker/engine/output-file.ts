/** What a command wrote to `PIKOCI_OUTPUT`. */
import { CodedError } from '../../lib/coded-error.ts';

export interface OutputFile {
  readonly values: Readonly<Record<string, string>>;
  /** What is to be said of lines that are not `KEY=VALUE`. */
  readonly warnings: readonly string[];
}

/** Linux takes 128 KiB for a variable with its name, which has a prefix by then. */
const LARGEST_VALUE_BYTES = 127 * 1024;
const MOST_LINES_NAMED = 5;

/** Throws `task.output_too_large` for a value that no later command could see, for it is a variable of its environment. */
export function parseOutputFile(text: string): OutputFile {
  const values: Record<string, string> = {};
  const bad: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const match = /^([A-Za-z_][A-Za-z0-9_.-]*)=([^\0]*)$/.exec(line);
    const [, key, value = ''] = match ?? [];
    if (key === undefined) {
      bad.push(index + 1);
      continue;
    }
    const size = Buffer.byteLength(value);
    if (size > LARGEST_VALUE_BYTES) {
      throw new CodedError(
        'task.output_too_large',
        `the value of ${key} in $PIKOCI_OUTPUT has ${size} bytes; at most ${LARGEST_VALUE_BYTES} can be handed on`,
        { hint: "hand on large things as files in the build's directory" },
      );
    }
    values[key] = value;
  }
  return { values, warnings: warningsOf(bad) };
}

function warningsOf(bad: readonly number[]): string[] {
  if (bad.length === 0) return [];
  const named = bad.slice(0, MOST_LINES_NAMED).join(', ');
  const more = bad.length > MOST_LINES_NAMED ? ` and ${bad.length - MOST_LINES_NAMED} more` : '';
  const [lines, them] =
    bad.length === 1 ? ['line', 'is not KEY=VALUE, it is'] : ['lines', 'are not KEY=VALUE, they are'];
  return [`warning: ${lines} ${named}${more} of $PIKOCI_OUTPUT ${them} left out`];
}
