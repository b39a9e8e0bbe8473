import { createTwoFilesPatch } from 'diff';
import { createStyle } from './style.ts';

/** Beyond so many changed lines the shortest difference takes long to find, and nobody reads it. */
const MOST_EDITS = 1000;

/**
 * The difference between two texts of a file, in the unified format that `git apply` and `patch -p1` read. Empty when there is none.
 * With more than some hundred changed lines: the whole old text, then the whole new one.
 */
export function textDiff(name: string, before: string, after: string): string {
  if (before === after) return '';
  const path = name.replace(/^\/+/, '');
  const [from, to] = [`a/${path}`, `b/${path}`];
  const options = {
    context: 3,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  };
  return (
    createTwoFilesPatch(from, to, before, after, undefined, undefined, { ...options, maxEditLength: MOST_EDITS }) ??
    `--- ${from}\n+++ ${to}\n${wholeHunk(before, after)}`
  );
}

function wholeHunk(before: string, after: string): string {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const header = `@@ -${old.length === 0 ? 0 : 1},${old.length} +${fresh.length === 0 ? 0 : 1},${fresh.length} @@\n`;
  return header + marked('-', old) + marked('+', fresh);
}

const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const marked = (sign: string, lines: readonly string[]): string =>
  lines.map((line) => (line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`)).join('');

/**
 * A difference for a terminal: in colour if wanted, and whatever a terminal would act on shown as what it is, so that a file cannot
 * write over its own difference.
 */
export function diffForTerminal(diff: string, color: boolean): string {
  const style = createStyle(color);
  return diff
    .split('\n')
    .map((line) => {
      const shown = line.replace(/\r$/, '␍').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
      if (/^(---|\+\+\+|diff --git) /.test(line)) return style.bold(shown);
      if (line.startsWith('@@')) return style.blue(shown);
      if (line.startsWith('+')) return style.green(shown);
      return line.startsWith('-') ? style.red(shown) : shown;
    })
    .join('\n');
}
