import { globMatcher, isGlob } from '../../lib/glob.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { BOOL, DYNAMIC, STRING, setType } from '../type.ts';
import { boolValue, setValue, stringValue, type Value } from '../value.ts';
import { parameter, textAt } from './arguments.ts';
import { toBase64, utf8Text } from './bytes.ts';
import { renderTemplate } from './templates.ts';

/**
 * The files an expression may read. Paths are as written, relative to the pipeline file; whoever implements this keeps
 * them inside its directory.
 */
export interface FileReader {
  readonly read: (path: string) => FileContent;
  /** All files below a directory, as paths relative to it with forward slashes; none when there is no such directory. */
  readonly list: (directory: string) => readonly string[] | Extract<FileContent, { kind: 'problem' }>;
}

/** `missing` may be asked for with `fileexists`; any other problem is told in `message`. */
export type FileContent =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing'; readonly message?: string }
  | { readonly kind: 'problem'; readonly message: string };

const path = parameter('path', STRING, 'A path, relative to the pipeline file and inside its directory.');

function readBytes(reader: FileReader, name: string): Uint8Array | FunctionFailure {
  const content = reader.read(name);
  switch (content.kind) {
    case 'content':
      return content.bytes;
    case 'missing':
      return failure(
        content.message ?? `There is no file ${JSON.stringify(name)}. Paths are relative to the pipeline file.`,
        0,
      );
    case 'problem':
      return failure(content.message, 0);
  }
}

function readText(reader: FileReader, name: string): string | FunctionFailure {
  const bytes = readBytes(reader, name);
  if (!(bytes instanceof Uint8Array)) return bytes;
  return utf8Text(bytes) ?? failure(`${JSON.stringify(name)} is not UTF-8 text; filebase64 reads any file.`, 0);
}

function fileset(reader: FileReader, args: readonly Value[]): Value | FunctionFailure {
  if (!isGlob(textAt(args, 1))) return failure('A [ of the pattern has no ] to close it.', 1);
  const matches = globMatcher(textAt(args, 1).replace(/^\.\//, ''));
  const files = reader.list(textAt(args, 0));
  if ('kind' in files) return failure(files.message, 0);
  return setValue(STRING, files.filter(matches).map(stringValue));
}

/** `file` and its kin, over what `reader` gives; a template that is read may call `functions`, but not these. */
export function fileFunctions(reader: FileReader, functions: ReadonlyMap<string, HclFunction>): readonly HclFunction[] {
  return [
    {
      kind: 'eager',
      name: 'file',
      group: 'files',
      doc: 'The text of a file.',
      examples: [{ source: 'file("hello.txt")', result: '"Hello!\\n"' }],
      parameters: [path],
      returns: STRING,
      call: (args) => {
        const text = readText(reader, textAt(args, 0));
        return typeof text === 'string' ? stringValue(text) : text;
      },
    },
    {
      kind: 'eager',
      name: 'fileexists',
      group: 'files',
      doc: 'Whether there is such a file.',
      examples: [{ source: 'fileexists("none.txt")', result: 'false' }],
      parameters: [path],
      returns: BOOL,
      call: (args) => {
        const content = reader.read(textAt(args, 0));
        return content.kind === 'problem' ? failure(content.message, 0) : boolValue(content.kind === 'content');
      },
    },
    {
      kind: 'eager',
      name: 'filebase64',
      group: 'files',
      doc: 'The bytes of any file, in base64.',
      examples: [{ source: 'filebase64("hello.txt")', result: '"SGVsbG8hCg=="' }],
      parameters: [path],
      returns: STRING,
      call: (args) => {
        const bytes = readBytes(reader, textAt(args, 0));
        return bytes instanceof Uint8Array ? stringValue(toBase64(bytes)) : bytes;
      },
    },
    {
      kind: 'eager',
      name: 'fileset',
      group: 'files',
      doc: 'The files below a directory whose paths match a pattern: * ? ** [a-z] [^a-z] {a,b}.',
      examples: [{ source: 'fileset(".", "*.txt")', result: 'toset(["hello.txt"])' }],
      parameters: [path, parameter('pattern', STRING, 'The pattern.')],
      returns: setType(STRING),
      call: (args) => fileset(reader, args),
    },
    {
      kind: 'eager',
      name: 'templatefile',
      group: 'files',
      doc: 'A file that is a template, with the variables of a map put in.',
      result: 'A string; of a template that is one interpolation its value.',
      examples: [{ source: 'templatefile("greeting.tpl", { name = "Ada" })', result: '"Dear Ada"' }],
      parameters: [path, parameter('variables', DYNAMIC, 'What its names mean.')],
      returns: DYNAMIC,
      seesUnknown: 'inside',
      call: (args) => {
        const text = readText(reader, textAt(args, 0));
        return typeof text === 'string' ? renderTemplate(text, textAt(args, 0), args[1], functions) : text;
      },
    },
  ];
}
