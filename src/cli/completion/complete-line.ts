/** What could come next on a command line that is still being typed. */
import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  readonly value: string;
  readonly about: string;
}

/** What is known of the values of an argument or option, by who asks: `pipelines get <name>`, `--format <format>`. */
export interface ValueOf {
  /** The words that lead to the command: `['pipelines', 'get']`. */
  readonly path: readonly string[];
  /** As it is called in the command's usage: `file`, `team-name`; for an option its long name without dashes: `pipeline`. */
  readonly name: string;
  readonly kind: 'argument' | 'option';
  readonly placeholder: string;
  /** Options given so far, by their long name, and arguments given so far. */
  readonly options: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** The shell adds names of files. */
  readonly files: boolean;
  /** What stays in front of each candidate: `--format=`. */
  readonly prefix: string;
}

export type FindValues = (of: ValueOf) => Promise<readonly Candidate[]>;

const FILE_PLACEHOLDERS = new Set(['file', 'path', 'paths', 'dir', 'directory']);
const NOTHING: Completion = { candidates: [], files: false, prefix: '' };

/** `words`: what comes before the word that is being typed, without the program's own name; `typed`: as much of that word as is there. */
export async function completeLine(
  program: Command,
  words: readonly string[],
  typed: string,
  findValues: FindValues,
): Promise<Completion> {
  const { command, path, args, options, waiting, onlyArguments } = readWords(program, words);
  const valuesOf = (kind: ValueOf['kind'], name: string, placeholder: string, word: string, prefix = '') =>
    completeValue({ path, kind, name, placeholder, options, args }, word, prefix, findValues);
  if (waiting !== undefined) return valuesOf('option', optionName(waiting), placeholderOf(waiting), typed);
  if (typed.startsWith('-') && !onlyArguments) {
    const [flag = '', value] = splitOnce(typed, '=');
    const option = value === undefined ? undefined : findOption(command, flag);
    if (option !== undefined) {
      return valuesOf('option', optionName(option), placeholderOf(option), value ?? '', `${flag}=`);
    }
    return { ...NOTHING, candidates: optionsOf(command).filter((candidate) => candidate.value.startsWith(typed)) };
  }
  const commands = args.length > 0 || onlyArguments ? [] : commandsOf(command);
  const argument = argumentAt(command.registeredArguments, args.length);
  const values = argument === undefined ? NOTHING : await valuesOf('argument', argument.name(), argument.name(), typed);
  return {
    ...values,
    candidates: [...commands.filter(({ value }) => value.startsWith(typed)), ...values.candidates],
  };
}

interface ReadWords {
  readonly command: Command;
  readonly path: readonly string[];
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** The option whose value comes next. */
  readonly waiting: Option | undefined;
  /** After `--`. */
  readonly onlyArguments: boolean;
}

function readWords(program: Command, words: readonly string[]): ReadWords {
  let command = program;
  const path: string[] = [];
  const args: string[] = [];
  const options: Record<string, string> = {};
  let waiting: Option | undefined;
  let onlyArguments = false;
  for (const word of words) {
    if (waiting !== undefined) {
      options[optionName(waiting)] = word;
      waiting = undefined;
    } else if (onlyArguments) {
      args.push(word);
    } else if (word === '--') {
      onlyArguments = true;
    } else if (word.startsWith('-') && word !== '-') {
      const [flag = '', value] = splitOnce(word, '=');
      const option = findOption(command, flag);
      if (option === undefined) continue;
      if (value !== undefined) options[optionName(option)] = value;
      else if (option.required) waiting = option;
    } else {
      const next = args.length > 0 ? undefined : findCommand(command, word);
      if (next === undefined) {
        args.push(word);
      } else {
        command = next;
        // `pikoci client jobs` is `pikoci jobs`.
        if (word !== 'client') path.push(word);
      }
    }
  }
  return { command, path, args, options, waiting, onlyArguments };
}

async function completeValue(of: ValueOf, typed: string, prefix: string, findValues: FindValues): Promise<Completion> {
  const values = await findValues(of);
  return {
    candidates: values.filter(({ value }) => value.startsWith(typed)),
    files: values.length === 0 && FILE_PLACEHOLDERS.has(of.placeholder),
    prefix,
  };
}

function commandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), about: firstSentence(each.description()) }));
}

function optionsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ value: option.long ?? option.short ?? '', about: firstSentence(option.description) }));
}

function findCommand(command: Command, word: string): Command | undefined {
  return command.commands.find((each) => each.name() === word || each.aliases().includes(word));
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

function argumentAt(all: readonly Argument[], index: number): Argument | undefined {
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}

const optionName = (option: Option): string => (option.long ?? option.short ?? '').replace(/^-+/, '');
const placeholderOf = ({ flags }: Option): string => /[<[]([^\]>]*)[\]>]/.exec(flags)?.[1] ?? '';

function splitOnce(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

/** Of a description, as much as a list of candidates has room for. */
function firstSentence(text: string): string {
  return (/^.*?[^.](?=[.;:(]\s|[.]$| \(|$)/s.exec(text)?.[0] ?? text).replaceAll(/\s+/g, ' ').trim();
}
