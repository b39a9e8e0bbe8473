/** The inputs of a job from the command line: `--input name=value`, and what a person is asked for. */
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { type InputValues, type JobInput, typedValue } from '../pipeline/job-input.ts';
import type { CommandContext } from './context.ts';
import { readAssignment } from './variables.ts';

export type InputTexts = ReadonlyMap<string, readonly string[]>;

/** By name, as often as each was given. Throws `usage.bad_variable`, `usage.unreadable_file`. */
export async function readInputTexts(given: readonly string[], cwd: string): Promise<InputTexts> {
  const texts = new Map<string, string[]>();
  for (const argument of given) {
    const [name, value] = await readAssignment('--input', argument, cwd);
    texts.set(name, [...(texts.get(name) ?? []), value]);
  }
  return texts;
}

/**
 * What was given, as the inputs want it; at a terminal, those that are missing are asked for, but no secret, which would be seen there. Throws
 * `usage.bad_value` for one given twice that is no list.
 */
export async function chooseInputs(
  inputs: readonly JobInput[],
  texts: InputTexts,
  ask: CommandContext['ask'],
): Promise<InputValues> {
  const values: Record<string, Json> = {};
  for (const [name, given] of texts) {
    const input = inputs.find((one) => one.name === name);
    if (given.length > 1 && input?.type !== 'list(string)') {
      throw new CodedError('usage.bad_value', `--input: "${name}" is given ${given.length} times, and is no list`, {
        hint: 'give it once',
      });
    }
    // One that is not there is refused by who knows all there are.
    values[name] = input === undefined ? (given[0] ?? '') : typedValue(input, given);
  }
  for (const input of inputs) {
    const { name, required, sensitive } = input;
    const isMissing = required && input.default === undefined && !texts.has(name) && !sensitive;
    if (!isMissing || ask === undefined) continue;
    const answer = (await ask(question(input))).trim();
    if (answer !== '') values[name] = typedValue(input, [answer]);
  }
  return values;
}

function question({ name, type, description, options }: JobInput): string {
  const about = description === undefined ? '' : ` (${description})`;
  const choice = options === undefined ? (type === 'string' ? '' : `, a ${type}`) : `, ${options.join(' | ')}`;
  return `${name}${about}${choice}: `;
}
