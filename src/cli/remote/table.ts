import { formatDuration } from '../../lib/duration.ts';
import type { MarkView } from '../../protocol/choices.ts';
import { type BuildStatus, STATUS_WORDS } from '../../protocol/status.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { Style } from '../style.ts';

const SGR = /\x1b\[[0-9;]*m/g;
const width = (text: string): number => text.replace(SGR, '').length;

/** Columns as wide as their widest cell, two spaces between; with nothing to show, one line that says so. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
  style: Style,
): string[] {
  if (rows.length === 0) return [empty];
  const all = [head.map(style.dim), ...rows.map((row) => row.map(cellText))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd(),
  );
}

/** A cell holds one line of text and the colours we gave it; what came from elsewhere has gone through `oneLine` before. */
function cellText(text: string): string {
  return text.replace(/[\x00-\x1a\x1c-\x1f\x7f-\x9f]/g, ' ').replace(/\x1b(?!\[[0-9;]*m)/g, '');
}

/** What comes from a server may hold anything: here it is one line of text, and not even in a colour of its own. */
export function oneLine(text: string): string {
  return text.replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '').replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
}

export function statusWord(status: BuildStatus | null, style: Style): string {
  if (status === null) return style.dim('never run');
  const word = STATUS_WORDS[status];
  switch (status) {
    case 'succeeded':
      return style.green(word);
    case 'failed':
      return style.red(word);
    case 'errored':
    case 'warning':
      return style.yellow(word);
    case 'running':
      return style.blue(word);
    default:
      return style.dim(word);
  }
}

/** `ref=4f2a…`: the version's fields; hashes are cut short, other long values later. */
export function versionText(version: VersionFields): string {
  return Object.entries(version)
    .map(([name, value]) => [oneLine(name), value] as const)
    .map(([name, value]) => {
      const text = oneLine(typeof value === 'string' ? value : JSON.stringify(value));
      const most = /^[0-9a-f]{20,}$/.test(text) ? 12 : 32;
      return `${name}=${text.length > most ? `${text.slice(0, most)}…` : text}`;
    })
    .join(' ');
}

export function ago(at: number | null, now: number): string {
  return at === null ? '-' : `${formatDuration(Math.max(0, now - at))} ago`;
}

/** ` by ada: it breaks the build`, behind what she did. */
export function markText(mark: MarkView | undefined): string {
  if (mark === undefined) return '';
  return ` by ${oneLine(mark.by)}${mark.reason === undefined ? '' : `: ${oneLine(mark.reason)}`}`;
}

/** `in 20s`; what is due comes any moment. */
export function untilText(at: number, now: number): string {
  return at <= now ? 'now' : `in ${formatDuration(at - now)}`;
}

/** How long it took, or has taken. */
export function took(startedAt: number | null, endedAt: number | null, now: number): string {
  return startedAt === null ? '-' : formatDuration((endedAt ?? now) - startedAt);
}
