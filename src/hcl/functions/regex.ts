import { RE2JS } from 're2js';
import { LONGEST_TEXT } from '../evaluate-template.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { DYNAMIC, STRING, type Type } from '../type.ts';
import { listValue, nullValue, objectValue, stringValue, tupleValue, typeOf, type Value } from '../value.ts';
import { parameter, textAt } from './arguments.ts';

/*
 * Regular expressions in RE2's language, matched in time linear in the text: no pattern a person writes can hang a server.
 */
type Compiled = { readonly kind: 'compiled'; readonly regex: RE2JS } | FunctionFailure;

const MOST_KEPT = 200;
const kept = new Map<string, Compiled>();

function compile(pattern: string, argument: number): Compiled {
  const key = `${argument} ${pattern}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const compiled = compileAnew(pattern, argument);
  kept.set(key, compiled);
  return compiled;
}

function compileAnew(pattern: string, argument: number): Compiled {
  try {
    return { kind: 'compiled', regex: RE2JS.compile(pattern) };
  } catch (error) {
    const lookaround = /\(\?(=|!|<=|<!)/.test(pattern) || /\\[1-9]/.test(pattern);
    const hint = lookaround
      ? ' Look-around and back-references do not exist here (RE2), so that no pattern can take forever.'
      : '';
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it cannot be read';
    return failure(`This is no regular expression: ${reason}.${hint}`, argument);
  }
}

/** For what gives the groups: a tuple or an object, so they have names either all or none. */
function compileGroups(pattern: string): Compiled {
  const compiled = compile(pattern, 0);
  if (compiled.kind === 'failure') return compiled;
  const named = Object.keys(compiled.regex.namedGroups()).length;
  if (named === 0 || named === compiled.regex.groupCount()) return compiled;
  return failure(
    'Some groups of this pattern have names and some have not: name all, or none. (?:…) makes no group.',
    0,
  );
}

type Matcher = ReturnType<RE2JS['matcher']>;

/** What a match gives: the whole text without groups, a tuple of the groups, or an object if they have names. */
function captured(regex: RE2JS, matcher: Matcher): Value {
  const names = Object.entries(regex.namedGroups());
  if (names.length > 0) {
    return objectValue(names.map(([name, group]) => [name, groupText(matcher, group)]));
  }
  const count = regex.groupCount();
  if (count === 0) return groupText(matcher, 0);
  return tupleValue(Array.from({ length: count }, (_, at) => groupText(matcher, at + 1)));
}

/** Moves from match to match. As Go has it, an empty one right behind another is none. */
function* matches(matcher: Matcher): Generator<void> {
  let end = -1;
  while (matcher.find()) {
    if (matcher.end() === matcher.start() && matcher.start() === end) continue;
    end = matcher.end();
    yield;
  }
}

function groupText(matcher: Matcher, group: number): Value {
  const found = matcher.group(group);
  return found === null || found === undefined ? nullValue(STRING) : stringValue(found);
}

/** The type of what a match gives, without a match to look at. */
function capturedType(regex: RE2JS): Type {
  const names = Object.keys(regex.namedGroups());
  if (names.length > 0) return typeOf(objectValue(names.map((name) => [name, stringValue('')])));
  const count = regex.groupCount();
  return count === 0 ? STRING : typeOf(tupleValue(Array.from({ length: count }, () => stringValue(''))));
}

/** Go's replacement language: `$1`, `${1}`, `$name`, `${name}`, and `$$` for a dollar. */
function expand(template: string, regex: RE2JS, matcher: Matcher): string {
  const names: Readonly<Record<string, number>> = regex.namedGroups();
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (found, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return found === '$$' ? '$' : found;
    const group = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(names, name) ? (names[name] ?? -1) : -1;
    return group >= 0 && group <= regex.groupCount() ? (matcher.group(group) ?? '') : '';
  });
}

function replaceAll(text: string, regex: RE2JS, replacement: string): string {
  const matcher = regex.matcher(text);
  let result = '';
  let at = 0;
  for (const _ of matches(matcher)) {
    result += text.slice(at, matcher.start()) + expand(replacement, regex, matcher);
    at = matcher.end();
    if (result.length > LONGEST_TEXT) throw new RangeError('the result is too long');
  }
  return result + text.slice(at);
}

const pattern = parameter('pattern', STRING, 'A regular expression in the language of RE2.');
const text = parameter('string', STRING, 'The text to look in.');
const replacement = parameter('replacement', STRING, 'What to put there; $1 or ${name} stand for groups.');

export const REGEX_FUNCTIONS: readonly HclFunction[] = [
  {
    kind: 'eager',
    name: 'regex',
    group: 'strings',
    doc: 'The first place that matches: its text, or a list of its groups, or an object if the groups have names. It is an error if nothing matches.',
    result: 'The text, a list of the groups’ texts, or an object of them.',
    examples: [
      { source: 'regex("[a-z]+", "53453abc345")', result: '"abc"' },
      { source: 'regex("(\\\\d+)-(\\\\d+)", "10-20")', result: '["10", "20"]' },
      { source: 'regex("(?P<major>\\\\d+)\\\\.", "1.2")', result: '{ major = "1" }' },
    ],
    parameters: [pattern, text],
    returns: DYNAMIC,
    call: (args) => {
      const compiled = compileGroups(textAt(args, 0));
      if (compiled.kind === 'failure') return compiled;
      const matcher = compiled.regex.matcher(textAt(args, 1));
      if (!matcher.find()) return failure('The pattern matches no part of the text. can(regex(…)) tests for that.', 1);
      return captured(compiled.regex, matcher);
    },
  },
  {
    kind: 'eager',
    name: 'regexall',
    group: 'strings',
    doc: 'All places that match, as a list of what regex gives for each.',
    result: 'A list of what regex gives.',
    examples: [{ source: 'regexall("[a-z]+", "1a2bc")', result: 'tolist(["a", "bc"])' }],
    parameters: [pattern, text],
    returns: DYNAMIC,
    call: (args) => {
      const compiled = compileGroups(textAt(args, 0));
      if (compiled.kind === 'failure') return compiled;
      const matcher = compiled.regex.matcher(textAt(args, 1));
      const found: Value[] = [];
      for (const _ of matches(matcher)) found.push(captured(compiled.regex, matcher));
      return listValue(capturedType(compiled.regex), found);
    },
  },
  {
    kind: 'eager',
    name: 'regexreplace',
    group: 'strings',
    doc: 'Replaces every place that matches a regular expression.',
    examples: [{ source: 'regexreplace("a1b22", "[0-9]+", "<$0>")', result: '"a<1>b<22>"' }],
    parameters: [text, pattern, replacement],
    returns: STRING,
    call: (args) => {
      const compiled = compile(textAt(args, 1), 1);
      if (compiled.kind === 'failure') return compiled;
      return stringValue(replaceAll(textAt(args, 0), compiled.regex, textAt(args, 2)));
    },
  },
  {
    kind: 'eager',
    name: 'replace',
    group: 'strings',
    doc: 'Replaces a text wherever it stands. One written between slashes is a regular expression.',
    examples: [
      { source: 'replace("1 + 2 + 3", "+", "-")', result: '"1 - 2 - 3"' },
      { source: 'replace("hello", "/l(.)/", "[$1]")', result: '"he[l]o"' },
    ],
    parameters: [text, parameter('search', STRING, 'What to replace; /…/ is a regular expression.'), replacement],
    returns: STRING,
    call: (args) => {
      const [from, search, by] = [textAt(args, 0), textAt(args, 1), textAt(args, 2)];
      if (search.length < 2 || !search.startsWith('/') || !search.endsWith('/')) {
        const count = from.split(search).length - 1;
        if (count * by.length > LONGEST_TEXT) return failure('The result would be too long.');
        return stringValue(from.replaceAll(search, () => by));
      }
      const compiled = compile(search.slice(1, -1), 1);
      return compiled.kind === 'failure' ? compiled : stringValue(replaceAll(from, compiled.regex, by));
    },
  },
];
