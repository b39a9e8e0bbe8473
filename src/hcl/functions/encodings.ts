import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { DYNAMIC, listType, objectType, STRING } from '../type.ts';
import { listValue, objectValue, stringValue, type Value } from '../value.ts';
import { fromJsonText, toJsonText } from '../value-json.ts';
import { nullable, parameter, textAt } from './arguments.ts';
import { fromBase64, toBase64, utf8Bytes, utf8Text } from './bytes.ts';
import { parseCsv } from './csv.ts';
import { gzip } from './gzip.ts';
import { decodeText, encodeText, isEncoding } from './text-encodings.ts';
import { readYaml } from './yaml-read.ts';
import { writeYaml } from './yaml-write.ts';

const text = parameter('string', STRING, 'The text.');
const encoding = parameter('encoding', STRING, 'The IANA name of an encoding, such as UTF-16LE or ISO-8859-1.');
const anyValue = nullable('value', DYNAMIC, 'Any value.');

const notBase64 = failure(
  'This is no base64: it must be letters, digits, + and /, filled up with = to a multiple of four.',
  0,
);

function base64decode(args: readonly Value[]): Value | FunctionFailure {
  const bytes = fromBase64(textAt(args, 0));
  if (bytes === undefined) return notBase64;
  const decoded = utf8Text(bytes);
  return decoded === undefined
    ? failure('What it decodes to is not UTF-8 text, and a string can hold only that.', 0)
    : stringValue(decoded);
}

function textencodebase64(args: readonly Value[]): Value | FunctionFailure {
  const name = textAt(args, 1);
  if (!isEncoding(name)) return failure(`${JSON.stringify(name)} is not an encoding known here.`, 1);
  const bytes = encodeText(textAt(args, 0), name);
  return bytes === undefined
    ? failure(`Some of its characters do not exist in ${name}.`, 0)
    : stringValue(toBase64(bytes));
}

function textdecodebase64(args: readonly Value[]): Value | FunctionFailure {
  const name = textAt(args, 1);
  if (!isEncoding(name)) return failure(`${JSON.stringify(name)} is not an encoding known here.`, 1);
  const bytes = fromBase64(textAt(args, 0));
  if (bytes === undefined) return notBase64;
  const decoded = decodeText(bytes, name);
  return decoded === undefined ? failure(`What it decodes to is not text in ${name}.`, 0) : stringValue(decoded);
}

function jsondecode(args: readonly Value[]): Value | FunctionFailure {
  try {
    return fromJsonText(textAt(args, 0));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    return failure(`This is no JSON: ${error.message.replace(/^JSON Parse error: /, '')}.`, 0);
  }
}

function csvdecode(args: readonly Value[]): Value | FunctionFailure {
  const rows = parseCsv(textAt(args, 0));
  if ('kind' in rows) return rows;
  const [header, ...records] = rows;
  if (header === undefined) return failure('The text is empty; its first line must name the columns.', 0);
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) return failure(`Two columns are named ${JSON.stringify(twice)}.`, 0);
  const type = objectType(new Map([...header].sort().map((name) => [name, STRING])));
  return listValue(
    type,
    records.map((record) => objectValue(header.map((name, at) => [name, stringValue(record[at] ?? '')]))),
  );
}

const urlencode = (from: string): string =>
  encodeURIComponent(from.toWellFormed())
    .replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

function define(
  name: string,
  doc: string,
  example: readonly [string, string],
  parameters: HclFunction['parameters'],
  call: (args: readonly Value[]) => Value | FunctionFailure,
  returns: typeof STRING | typeof DYNAMIC | ReturnType<typeof listType> = STRING,
): HclFunction {
  return {
    kind: 'eager',
    name,
    group: 'encoding',
    doc,
    examples: [{ source: example[0], result: example[1] }],
    parameters,
    returns,
    call,
  };
}

export const ENCODING_FUNCTIONS: readonly HclFunction[] = [
  define(
    'base64encode',
    'The UTF-8 bytes of a text in base64.',
    ['base64encode("Hello")', '"SGVsbG8="'],
    [text],
    (args) => stringValue(toBase64(utf8Bytes(textAt(args, 0)))),
  ),
  define(
    'base64decode',
    'The text whose UTF-8 bytes stand there in base64.',
    ['base64decode("SGVsbG8=")', '"Hello"'],
    [text],
    base64decode,
  ),
  define(
    'base64gzip',
    'The UTF-8 bytes of a text, compressed with gzip, in base64.',
    ['substr(base64gzip("Hello"), 0, 5)', '"H4sIA"'],
    [text],
    (args) => stringValue(toBase64(gzip(utf8Bytes(textAt(args, 0))))),
  ),
  define(
    'textencodebase64',
    'A text in another encoding, in base64.',
    ['textencodebase64("Hi", "UTF-16LE")', '"SABpAA=="'],
    [text, encoding],
    textencodebase64,
  ),
  define(
    'textdecodebase64',
    'The text of base64 bytes in another encoding.',
    ['textdecodebase64("SABpAA==", "UTF-16LE")', '"Hi"'],
    [text, encoding],
    textdecodebase64,
  ),
  define(
    'urlencode',
    'A text as it can stand in the query of a URL.',
    ['urlencode("a b&c")', '"a+b%26c"'],
    [text],
    (args) => stringValue(urlencode(textAt(args, 0))),
  ),
  define(
    'jsonencode',
    'A value as JSON.',
    ['jsonencode({ a = [1, null] })', '"{\\"a\\":[1,null]}"'],
    [anyValue],
    ([value]) => (value === undefined ? failure('There is nothing to encode.') : stringValue(toJsonText(value))),
  ),
  define(
    'jsondecode',
    'The value of a JSON text: objects, tuples, strings, numbers, bools, nulls.',
    ['jsondecode("{\\"a\\": 1.50}")', '{ a = 1.5 }'],
    [text],
    jsondecode,
    DYNAMIC,
  ),
  define(
    'csvdecode',
    'The rows of a CSV text; the first line names the columns.',
    ['csvdecode("a,b\\n1,2")', 'tolist([{ a = "1", b = "2" }])'],
    [text],
    csvdecode,
    listType(DYNAMIC),
  ),
  define(
    'yamlencode',
    'A value as YAML.',
    ['yamlencode({ a = ["b"] })', '"\\"a\\":\\n- \\"b\\"\\n"'],
    [anyValue],
    ([value]) => (value === undefined ? failure('There is nothing to encode.') : stringValue(writeYaml(value))),
  ),
  define(
    'yamldecode',
    'The value of a YAML document.',
    ['yamldecode("a: [1, yes]")', '{ a = [1, true] }'],
    [text],
    (args) => readYaml(textAt(args, 0)),
    DYNAMIC,
  ),
];
