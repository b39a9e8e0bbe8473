import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { DYNAMIC, listType, STRING } from '../type.ts';
import { listValue, stringValue, type Value } from '../value.ts';
import { parameter, sequenceElements, textAt } from './arguments.ts';
import { formatText } from './format-text.ts';

const template = parameter(
  'template',
  STRING,
  'A text with verbs such as %s, %d or %.2f, each of which takes an argument.',
);
const values = { ...parameter('values', DYNAMIC, 'What the verbs write.'), nullable: true };

function formatlist(args: readonly Value[]): Value | FunctionFailure {
  const [, ...rest] = args;
  let count: number | undefined;
  for (const [at, value] of rest.entries()) {
    const length = sequenceElements(value)?.length;
    if (length === undefined) continue;
    if (count !== undefined && length !== count) {
      return failure(
        `All lists must be of one length; this one has ${length} elements, the first has ${count}.`,
        at + 1,
      );
    }
    count = length;
  }
  const texts: Value[] = [];
  for (let row = 0; row < (count ?? 1); row += 1) {
    const inRow = rest.map((value) => sequenceElements(value)?.[row] ?? value);
    const text = formatText(textAt(args, 0), inRow);
    if (typeof text !== 'string') return text;
    texts.push(stringValue(text));
  }
  return listValue(STRING, texts);
}

export const FORMAT_FUNCTIONS: readonly HclFunction[] = [
  {
    kind: 'eager',
    name: 'format',
    group: 'strings',
    doc: 'A text with values written into it: %s a string, %d a whole number, %.2f two digits behind the point, %q in quotes, %v anything.',
    examples: [
      { source: 'format("%s is %d", "a", 3)', result: '"a is 3"' },
      { source: 'format("%05.1f|%-4s|%x", 3.14159, "b", 255)', result: '"003.1|b   |ff"' },
    ],
    parameters: [template],
    rest: values,
    returns: STRING,
    call: (args) => {
      const text = formatText(textAt(args, 0), args.slice(1));
      return typeof text === 'string' ? stringValue(text) : text;
    },
  },
  {
    kind: 'eager',
    name: 'formatlist',
    group: 'strings',
    doc: 'A list of texts made as format makes one: of lists every time the next element is taken.',
    examples: [{ source: 'formatlist("%s=%d", ["a", "b"], [1, 2])', result: 'tolist(["a=1", "b=2"])' }],
    parameters: [template],
    rest: values,
    returns: listType(STRING),
    call: formatlist,
  },
];
