/** Patterns for names of tags and branches, and for what a file is called. */
import { CodedError, errorText } from '../../lib/coded-error.ts';

export interface NamePattern {
  readonly matches: (name: string) => boolean;
  /** What is captured of a name: the group `version`, else the first; undefined without one. */
  readonly capture: (name: string) => string | undefined;
  /** What every name begins with. */
  readonly prefix: string;
}

/**
 * `v*` and `release/?.x` as a shell has them (`*` stands for anything but `/`, `**` for anything), or a regular expression between slashes,
 * `/^v[0-9]+$/`. Throws `bad_pattern`.
 */
export async function namePattern(text: string, attribute: string): Promise<NamePattern> {
  const inner = /^\/(.+)\/$/s.exec(text)?.[1];
  if (inner !== undefined) return regexPattern(inner, attribute);
  const source = text.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (char) => GLOB[char] ?? `\\${char}`);
  return { ...(await regexPattern(`^${source}$`, attribute)), prefix: text.split(/[*?]/)[0] ?? '' };
}

const GLOB: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** A regular expression (RE2, so that none takes for ever). It may match a part unless it is anchored. Throws `bad_pattern`. */
export async function regexPattern(source: string, attribute: string): Promise<NamePattern> {
  const { RE2JS } = await import('re2js');
  let compiled: InstanceType<typeof RE2JS>;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    throw new CodedError('bad_pattern', `"${attribute}" is no regular expression: ${errorText(error)}.`, {
      hint: 'It is one of RE2: https://github.com/google/re2/wiki/Syntax',
    });
  }
  const hasVersion = Object.hasOwn(compiled.namedGroups(), 'version');
  return {
    matches: (name) => compiled.matcher(name).find(),
    capture(name) {
      const matcher = compiled.matcher(name);
      if (!matcher.find()) return undefined;
      const group = hasVersion ? matcher.group('version') : matcher.groupCount() > 0 ? matcher.group(1) : null;
      return group ?? undefined;
    },
    prefix: literalPrefix(source),
  };
}

/** The text that every match of an anchored expression begins with. */
function literalPrefix(source: string): string {
  let prefix = '';
  for (let at = source.startsWith('^') ? 1 : 0; at < source.length; at += 1) {
    const escaped = source[at] === '\\';
    const char = (escaped ? source[at + 1] : source[at]) ?? '';
    const isLiteral = escaped ? /[^A-Za-z0-9]/.test(char) : !/[.*+?^${}()|[\]]/.test(char);
    if (escaped) at += 1;
    if (!isLiteral || /[*?{]/.test(source[at + 1] ?? '')) return prefix;
    prefix += char;
  }
  return prefix;
}
