const MOST_ALTERNATIVES = 1000;

/**
 * Whether a path with forward slashes matches a pattern: `*` any characters but a slash, `?` one of them, `**` any
 * directories, `[a-z]` one of some, `[^a-z]` one of all others, `{a,b}` either. The time it takes grows with the product of both lengths at most.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map((alternative) => alternative.split('/'));
  return (path) => {
    const segments = path.split('/');
    return alternatives.some((parts) => matchSegments(parts, segments));
  };
}

/** Whether every `[` has its `]`. */
export const isGlob = (pattern: string): boolean => !/\[(?!\^[^\]]+\]|[^\]^][^\]]*\])/.test(pattern);

/** `a{b,c}` is `ab` and `ac`; an unclosed brace stands for itself. */
function expandBraces(pattern: string): readonly string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined && done.length < MOST_ALTERNATIVES; next = open.pop()) {
    const braces = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(next);
    if (braces === null || open.length > MOST_ALTERNATIVES) {
      done.push(next);
      continue;
    }
    const [, before = '', inside = '', after = ''] = braces;
    for (const choice of inside.split(',')) open.push(before + choice + after);
  }
  return done;
}

function matchSegments(parts: readonly string[], segments: readonly string[]): boolean {
  return matchWithStars(
    parts.length,
    segments.length,
    (part) => parts[part] === '**',
    (part, segment) => matchWord([...(parts[part] ?? '')], [...(segments[segment] ?? '')]),
  );
}

function matchWord(pattern: readonly string[], word: readonly string[]): boolean {
  const tokens: string[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const close = pattern[at] === '[' ? pattern.indexOf(']', at + 2) : -1;
    tokens.push(close > 0 ? pattern.slice(at, close + 1).join('') : (pattern[at] ?? ''));
    if (close > 0) at = close;
  }
  return matchWithStars(
    tokens.length,
    word.length,
    (token) => tokens[token] === '*',
    (token, at) => matchCharacter(tokens[token] ?? '', word[at] ?? ''),
  );
}

function matchCharacter(token: string, character: string): boolean {
  if (token === '?') return true;
  if (token.length < 3 || !token.startsWith('[')) return token === character;
  const negated = token[1] === '^';
  const set = [...token.slice(negated ? 2 : 1, -1)];
  for (let at = 0; at < set.length; at += 1) {
    const [low = '', dash, high] = set.slice(at, at + 3);
    if (dash === '-' && high !== undefined) {
      if (character >= low && character <= high) return !negated;
      at += 2;
    } else if (character === low) return !negated;
  }
  return negated;
}

/** Goes back to the last star only, which is enough: what an earlier one could take, the last can too. */
function matchWithStars(
  patterns: number,
  items: number,
  isStar: (pattern: number) => boolean,
  matches: (pattern: number, item: number) => boolean,
): boolean {
  let [pattern, item] = [0, 0];
  let star: { readonly pattern: number; item: number } | undefined;
  while (item < items) {
    if (pattern < patterns && isStar(pattern)) {
      star = { pattern, item };
      pattern += 1;
    } else if (pattern < patterns && matches(pattern, item)) {
      pattern += 1;
      item += 1;
    } else if (star !== undefined) {
      star.item += 1;
      item = star.item;
      pattern = star.pattern + 1;
    } else return false;
  }
  while (pattern < patterns && isStar(pattern)) pattern += 1;
  return pattern === patterns;
}
