import { LONGEST_TEXT } from '../evaluate-template.ts';
import { failure, type HclFunction } from '../function.ts';
import { BOOL, listType, NUMBER, STRING } from '../type.ts';
import { boolValue, listValue, numberValue, stringValue } from '../value.ts';
import { elementsAt, isCount, numberAt, parameter, textAt, textsAt } from './arguments.ts';
import { characters, lowerCase, titleCase, upperCase } from './letters.ts';

const text = parameter('string', STRING, 'The text.');

/** A function from one text to another. */
function plain(
  name: string,
  doc: string,
  example: readonly [string, string],
  change: (text: string) => string,
): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'strings',
    doc,
    examples: [{ source: example[0], result: example[1] }],
    parameters: [text],
    returns: STRING,
    call: (args) => stringValue(change(textAt(args, 0))),
  };
}

/** A function that looks for one text in another. */
function test(
  name: string,
  doc: string,
  example: readonly [string, string],
  holds: (text: string, part: string) => boolean,
): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'strings',
    doc,
    examples: [{ source: example[0], result: example[1] }],
    parameters: [text, parameter('part', STRING, 'What to look for.')],
    returns: BOOL,
    call: (args) => boolValue(holds(textAt(args, 0), textAt(args, 1))),
  };
}

/** A function that takes something away from a text. */
function cut(
  name: string,
  doc: string,
  example: readonly [string, string],
  part: string,
  change: (text: string, part: string) => string,
): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'strings',
    doc,
    examples: [{ source: example[0], result: example[1] }],
    parameters: [text, parameter(part, STRING, 'What to take away.')],
    returns: STRING,
    call: (args) => stringValue(change(textAt(args, 0), textAt(args, 1))),
  };
}

/** White space as Unicode has it; a byte order mark is none. */
function trimSpace(from: string): string {
  let start = 0;
  let end = from.length;
  while (start < end && isSpace(from.charAt(start))) start += 1;
  while (end > start && isSpace(from.charAt(end - 1))) end -= 1;
  return from.slice(start, end);
}

const isSpace = (character: string): boolean => /\p{White_Space}/u.test(character);

function trimSet(from: string, cutset: string): string {
  const set = new Set(cutset);
  const all = [...from];
  let start = 0;
  let end = all.length;
  while (start < end && set.has(all[start] ?? '')) start += 1;
  while (end > start && set.has(all[end - 1] ?? '')) end -= 1;
  return all.slice(start, end).join('');
}

export const STRING_FUNCTIONS: readonly HclFunction[] = [
  plain('chomp', 'Takes the newlines from the end of a text.', ['chomp("hello\\n\\n")', '"hello"'], (from) => {
    let end = from.length;
    while (end > 0 && (from[end - 1] === '\n' || from[end - 1] === '\r')) end -= 1;
    return from.slice(0, end);
  }),
  plain('lower', 'All letters small.', ['lower("HELLO")', '"hello"'], lowerCase),
  plain('upper', 'All letters capital.', ['upper("hello")', '"HELLO"'], upperCase),
  plain('title', 'The first letter of every word capital.', ['title("hello world")', '"Hello World"'], titleCase),
  plain(
    'trimspace',
    'Takes spaces, tabs and newlines from both ends.',
    ['trimspace("  hello\\n")', '"hello"'],
    trimSpace,
  ),
  plain('strrev', 'The characters in reverse order.', ['strrev("hello")', '"olleh"'], (from) =>
    [...characters(from)].reverse().join(''),
  ),
  test('startswith', 'Whether a text begins with another.', ['startswith("hello", "he")', 'true'], (from, part) =>
    from.startsWith(part),
  ),
  test('endswith', 'Whether a text ends with another.', ['endswith("hello", "lo")', 'true'], (from, part) =>
    from.endsWith(part),
  ),
  test('strcontains', 'Whether a text holds another anywhere.', ['strcontains("hello", "ell")', 'true'], (from, part) =>
    from.includes(part),
  ),
  cut(
    'trim',
    'Takes the given characters from both ends.',
    ['trim("?!hello?!", "!?")', '"hello"'],
    'characters',
    trimSet,
  ),
  cut(
    'trimprefix',
    'Takes a text from the front, if it is there.',
    ['trimprefix("helloworld", "hello")', '"world"'],
    'prefix',
    (from, part) => (part !== '' && from.startsWith(part) ? from.slice(part.length) : from),
  ),
  cut(
    'trimsuffix',
    'Takes a text from the end, if it is there.',
    ['trimsuffix("helloworld", "world")', '"hello"'],
    'suffix',
    (from, part) => (part !== '' && from.endsWith(part) ? from.slice(0, -part.length) : from),
  ),
  {
    kind: 'eager',
    name: 'strlen',
    group: 'strings',
    doc: 'How many characters a text has, as a person counts them.',
    examples: [{ source: 'strlen("añb")', result: '3' }],
    parameters: [text],
    returns: NUMBER,
    call: (args) => numberValue(characters(textAt(args, 0)).length),
  },
  {
    kind: 'eager',
    name: 'substr',
    group: 'strings',
    doc: 'A part of a text. A negative offset counts from the end; a negative length means all the rest.',
    examples: [
      { source: 'substr("hello world", 1, 4)', result: '"ello"' },
      { source: 'substr("hello", -3, -1)', result: '"llo"' },
    ],
    parameters: [
      text,
      parameter('offset', NUMBER, 'Where it begins, from 0.'),
      parameter('length', NUMBER, 'How many characters.'),
    ],
    returns: STRING,
    call: (args) => {
      const [offset, length] = [numberAt(args, 1), numberAt(args, 2)];
      if (!isCount(offset)) return failure('The offset must be a whole number.', 1);
      if (!isCount(length)) return failure('The length must be a whole number.', 2);
      const all = characters(textAt(args, 0));
      const start = offset.isNegative() ? Math.max(0, all.length + offset.toNumber()) : offset.toNumber();
      // The original gives the rest where an offset from the end meets a length of zero, and so does this.
      const isRest = length.isNegative() || (length.isZero() && offset.isNegative());
      const end = isRest ? all.length : start + length.toNumber();
      return stringValue(all.slice(start, end).join(''));
    },
  },
  {
    kind: 'eager',
    name: 'indent',
    group: 'strings',
    doc: 'Puts spaces before every line but the first.',
    examples: [{ source: 'indent(2, "a\\nb")', result: '"a\\n  b"' }],
    parameters: [parameter('spaces', NUMBER, 'How many.'), text],
    returns: STRING,
    call: (args) => {
      const spaces = numberAt(args, 0);
      if (!isCount(spaces) || spaces.isNegative() || spaces.greaterThan(1000)) {
        return failure('The number of spaces must be a whole number from 0 to 1000.', 0);
      }
      const lines = textAt(args, 1).split('\n');
      if (lines.length * spaces.toNumber() > LONGEST_TEXT) return failure('The result would be too long.');
      return stringValue(lines.join(`\n${' '.repeat(spaces.toNumber())}`));
    },
  },
  {
    kind: 'eager',
    name: 'join',
    group: 'strings',
    doc: 'The texts of one list or more, with a separator between them.',
    examples: [{ source: 'join(", ", ["a", "b"])', result: '"a, b"' }],
    parameters: [parameter('separator', STRING, 'What stands between the texts.')],
    rest: parameter('lists', listType(STRING), 'The texts.'),
    returns: STRING,
    call: (args) => {
      if (args.length < 2) return failure('There must be at least one list to join.');
      const texts: string[] = [];
      for (let at = 1; at < args.length; at += 1) {
        if (elementsAt(args, at).some((element) => element.kind === 'null')) {
          return failure(
            'The list has a null in it, and only strings can be joined. compact(…) takes the nulls out.',
            at,
          );
        }
        for (const text of textsAt(args, at)) texts.push(text);
      }
      return stringValue(texts.join(textAt(args, 0)));
    },
  },
  {
    kind: 'eager',
    name: 'split',
    group: 'strings',
    doc: 'A text cut into a list wherever the separator stands.',
    examples: [{ source: 'split(",", "a,b")', result: 'tolist(["a", "b"])' }],
    parameters: [parameter('separator', STRING, 'Where to cut.'), text],
    returns: listType(STRING),
    call: (args) => {
      const [separator, from] = [textAt(args, 0), textAt(args, 1)];
      const parts = separator === '' ? [...from] : from.split(separator);
      return listValue(STRING, parts.map(stringValue));
    },
  },
];
