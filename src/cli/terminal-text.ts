/**
 * Output of a build's commands as it may be shown on a terminal: colours (SGR) pass, everything else that a terminal would act on (cursor
 * movement, titles, device queries, control bytes) is taken out. Works on pieces: what may be an unfinished sequence is held back.
 */
export interface TerminalText {
  push(text: string): string;
  flush(): string;
}

const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-Z\\^-~])/g;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f]/g;
const MAX_HELD = 4_096;

export function createTerminalText(): TerminalText {
  let held = '';
  const clean = (text: string): string =>
    text
      .replace(SEQUENCE, (sequence) => (/^\x1b\[[0-9;:]*m$/.test(sequence) ? sequence : ''))
      .replace(/\x1b(?!\[[0-9;:]*m)/g, '')
      .replace(CONTROL, '');
  return {
    push(text) {
      const all = held + text;
      const last = all.lastIndexOf('\x1b');
      SEQUENCE.lastIndex = last;
      const unfinished =
        last >= 0 && all.length - last < MAX_HELD && !(SEQUENCE.test(all) && SEQUENCE.lastIndex > last);
      held = unfinished ? all.slice(last) : '';
      return clean(unfinished ? all.slice(0, last) : all);
    },
    flush() {
      const rest = held;
      held = '';
      return clean(rest);
    },
  };
}
