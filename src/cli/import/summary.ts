/** What an import says of itself when it is done. */
import type { ImportResult } from './convert.ts';
import type { Note } from './report.ts';

/** `output`: the file that was written, if one was. */
export function summaryText(
  { notes, converted, jobs, resources }: ImportResult,
  file: string,
  output?: string,
): string {
  const lost = notes.filter(({ kind }) => kind === 'not_converted');
  const differing = notes.filter(({ kind }) => kind === 'differs');
  const lines = [
    `${file}: ${count(converted, 'setting')} converted, to ${count(jobs, 'job')} and ${count(resources, 'resource')}`,
  ];
  if (lost.length > 0) lines.push(`not converted: ${lost.length}`, ...lost.map((note) => noteLine(note, file)));
  if (differing.length > 0) {
    lines.push(
      `converted, but not quite the same: ${differing.length}`,
      ...differing.map((note) => noteLine(note, file)),
    );
  }
  if (lost.length + differing.length > 0)
    lines.push(`each is marked where it stood: look for "not converted:" and "differs:"`);
  if (output !== undefined) lines.push(`${output}: written; it is valid: pikoci validate ${output}`);
  return `${lines.join('\n')}\n`;
}

function noteLine({ file, line, what, why, instead }: Note, main: string): string {
  return `  ${file === main ? `line ${line}` : `${file}:${line}`}: ${what}: ${why}${instead === undefined ? '' : `; ${instead}`}`;
}

export function importJson(result: ImportResult, file: string, output: string | undefined): object {
  const { kind, text, notes, converted, jobs, resources } = result;
  const said = (wanted: Note['kind']): object[] =>
    notes.filter((note) => note.kind === wanted).map(({ kind: _, ...note }) => note);
  return {
    kind,
    file,
    ...(output === undefined ? { pipeline: text } : { output }),
    converted,
    jobs,
    resources,
    notConverted: said('not_converted'),
    differs: said('differs'),
  };
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
