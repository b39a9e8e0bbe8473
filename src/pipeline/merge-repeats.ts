import type { Diagnostic } from '../hcl/diagnostic.ts';

/** A name that is wrong in one place and used in five is one mistake: it is said at the first use, with the lines of the others. */
export function mergeRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const firsts = new Map<string, { readonly at: number; readonly lines: Set<number> }>();
  const merged: Diagnostic[] = [];
  for (const diagnostic of diagnostics) {
    const { code, detail, suggestion, subject } = diagnostic;
    const key = JSON.stringify([code, detail, suggestion, subject?.file]);
    const first = subject !== undefined && isAboutName(code) ? firsts.get(key) : undefined;
    if (first === undefined) {
      firsts.set(key, { at: merged.length, lines: new Set() });
      merged.push(diagnostic);
    } else if (subject !== undefined && subject.start.line !== merged[first.at]?.subject?.start.line) {
      first.lines.add(subject.start.line);
    }
  }
  for (const { at, lines } of firsts.values()) {
    const diagnostic = merged[at];
    if (diagnostic === undefined || lines.size === 0) continue;
    merged[at] = { ...diagnostic, detail: `${diagnostic.detail} The same on ${listed([...lines])}.` };
  }
  return merged;
}

const isAboutName = (code: string): boolean =>
  code.startsWith('unknown-') || ['shell-variable', 'step-comes-later', 'name-not-here'].includes(code);

const MOST_LINES = 5;

function listed(lines: readonly number[]): string {
  if (lines.length === 1) return `line ${lines[0]}`;
  const shown = lines.length > MOST_LINES ? lines.slice(0, MOST_LINES) : lines.slice(0, -1);
  const rest = lines.length > MOST_LINES ? `${lines.length - MOST_LINES} more` : String(lines.at(-1));
  return `lines ${shown.join(', ')} and ${rest}`;
}
