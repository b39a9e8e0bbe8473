/** Texts in scripts. */
import { Expression, joinTexts, partsOf, type Template, template } from './hcl-text.ts';

export type Text = string | Expression | Template;

/** One word of a shell's command line, whatever is in the text. */
export function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same of a text with expressions: what they turn out to be is quoted where the pipeline runs. */
export function shellWord(text: Text): Text {
  const parts = partsOf(text);
  if (parts.every((part) => typeof part === 'string')) return shellQuoted(parts.join(''));
  const inner = parts.map((part) =>
    part instanceof Expression
      ? new Expression(`replace(tostring(${part.source}), "'", "'\\\\''")`)
      : part.replaceAll("'", "'\\''"),
  );
  return template(["'", ...inner, "'"]);
}

const BASH = [/\[\[/, /\bpipefail\b/, /<\(/, /\bdeclare\b/, /\bshopt\b/, /(^|\s)source\s/m, /^\s*function\s+\w/m];
const BASH_TOO = [
  /<<</,
  /&>/,
  /\w=\(/,
  /\$\{\w+(\[|\/|\^|,,|:\d)/,
  /\$'/,
  /\bmapfile\b|\breadarray\b/,
  /\bpushd\b|\bpopd\b/,
];

/** Whether a script says things that only bash knows. */
export function needsBash(text: Text): boolean {
  const script = partsOf(text)
    .map((part) => (part instanceof Expression ? 'x' : part))
    .join('');
  return [...BASH, ...BASH_TOO].some((pattern) => pattern.test(script));
}

/** A script that another shell than the usual one runs: `exec bash -euc '…'`. */
export function inShell(command: string, script: Text): Text {
  const long = partsOf(script).some((part) => typeof part === 'string' && part.includes('\n'));
  const word = shellWord(long ? joinTexts('\n', script) : script);
  return joinTexts(`exec ${command} `, word);
}

/** Scripts one after the other, each on lines of its own. */
export function lines(...scripts: readonly (Text | undefined)[]): Text {
  const given = scripts.filter((script) => script !== undefined && script !== '') as Text[];
  return joinTexts(
    ...given.flatMap((script, at) => {
      const last = partsOf(script).at(-1);
      const ends = typeof last === 'string' && last.endsWith('\n');
      return at === given.length - 1 || ends ? [script] : [script, '\n'];
    }),
  );
}

/** The lines of a text (or what commas divide), without what is empty and without the spaces around. */
export function splitLines(text: Text): Text[] {
  const found: (string | Expression)[][] = [[]];
  for (const part of partsOf(text)) {
    if (part instanceof Expression) found.at(-1)?.push(part);
    else
      part
        .split(/\s*[\n,]\s*/)
        .forEach((piece, at) => void (at === 0 ? found.at(-1)?.push(piece) : found.push([piece])));
  }
  return found.map((line) => trimmed(template(line))).filter((line) => line !== '');
}

const trimmed = (text: Text): Text => (typeof text === 'string' ? text.trim() : text);
