/** What an import has to say of what it did not convert, or of what means something else now. */
import { oneLine } from './hcl-block.ts';
import type { Source } from './source.ts';

export interface Note {
  /** `differs`: it was converted, and is not quite what it was. */
  readonly kind: 'not_converted' | 'differs';
  /** Where it stood. */
  readonly file: string;
  readonly line: number;
  /** `jobs.test.steps[2].if`. */
  readonly path: string;
  /** What stood there, cut short. */
  readonly what: string;
  readonly why: string;
  readonly instead: string | undefined;
}

const LONGEST = 80;
const HIDDEN = /pass(word|phrase)|secret|token|private|credential|_key$|^key$/i;

export function noteOn(kind: Note['kind'], source: Source, why: string, instead: string | undefined): Note {
  return {
    kind,
    file: source.file,
    line: source.line,
    path: source.path,
    what: described(source),
    why: oneLine(why),
    instead,
  };
}

/** `main` is the file that a line without a file is of. */
export function noteText({ kind, file, line, what, why, instead }: Note, main: string): string {
  const place = file === main ? `line ${line}` : `${file}:${line}`;
  const marked = kind === 'differs' ? 'differs' : 'not converted';
  return oneLine(`${marked}: ${what} (${place}): ${why}${instead === undefined ? '' : `; ${instead}`}`);
}

/** `interruptible: true`. */
function described(source: Source): string {
  const name = /(?:^|\.)([^.[\]]+(?:\[\d+\])*)$/.exec(source.path)?.[1] ?? source.path;
  if (HIDDEN.test(name)) return shortened(name);
  const value = source.kind === 'scalar' ? (source.scalar === null ? '' : String(source.scalar)) : inline(source, 3);
  return shortened(name === '' ? value : value === '' ? name : `${name}: ${value}`);
}

function inline(source: Source, depth: number): string {
  if (source.kind === 'scalar') return source.scalar === null ? '' : String(source.scalar);
  if (depth === 0) return '…';
  if (source.kind === 'list')
    return `[${source.items
      .slice(0, 20)
      .map((item) => inline(item, depth - 1))
      .join(', ')}]`;
  const entries = [...source.entries].slice(0, 20);
  return `{${entries.map(([key, value]) => (HIDDEN.test(key) ? key : `${key}: ${inline(value, depth - 1)}`)).join(', ')}}`;
}

function shortened(text: string): string {
  const line = oneLine(text);
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
