/**
 * The text of an expression that can be evaluated elsewhere: where there are no files, calls that read files are replaced by what they gave, and
 * references by what `replace` says they are called there.
 */

import { numberText } from '../hcl/exact-number.ts';
import { references } from '../hcl/references.ts';
import { SourceRange } from '../hcl/source-text.ts';
import type { CallExpression, Expression, Traversal } from '../hcl/syntax.ts';
import type { Value } from '../hcl/value.ts';
import { findCalls } from './find-calls.ts';
import type { Replacement } from './renamed.ts';

/** Functions whose result is that of the moment the pipeline is set. */
const SETTLED_WHEN_SET: ReadonlySet<string> = new Set([
  'file',
  'fileexists',
  'fileset',
  'filebase64',
  'templatefile',
  'plantimestamp',
]);

export function textAsWritten(expression: Expression): string {
  const { source, from, to } = sourceRange(expression);
  return source.text.slice(from, to);
}

/** What a call gives now; undefined where only a run can say it. */
export type CallNow = (call: CallExpression) => Value | undefined;

/** `refuse` is told of each call that reads a file and cannot wait for the run. */
export function expressionText(
  expression: Expression,
  callNow: CallNow,
  refuse: (call: CallExpression) => void,
  replace: (reference: Traversal) => Replacement | undefined,
): string {
  const whole = sourceRange(expression);
  const calls = settledCalls(expression, callNow, refuse);
  const names = references(expression)
    .map(replace)
    .filter((found) => found !== undefined)
    .filter((name) => !calls.some((call) => call.from <= name.from && name.to <= call.to));
  const replacements = [...calls, ...names].sort((a, b) => a.from - b.from);
  let text = '';
  let at = whole.from;
  for (const { from, to, text: literal } of replacements) {
    text += whole.source.text.slice(at, from) + literal;
    at = to;
  }
  text += whole.source.text.slice(at, whole.to);
  // The marker that ends a heredoc needs a line of its own.
  return text.startsWith('<<') ? `${text}\n` : text;
}

function settledCalls(expression: Expression, callNow: CallNow, refuse: (call: CallExpression) => void): Replacement[] {
  return findCalls(expression, SETTLED_WHEN_SET, { outermost: true }).flatMap((call) => {
    const value = callNow(call);
    const { from, to } = sourceRange(call);
    if (value !== undefined) return [{ from, to, text: literalText(value) }];
    const [path, variables] = call.args;
    // A template whose variables are not known yet is one in a string from here on.
    const template = call.name === 'templatefile' && path !== undefined ? callNow(readingOf(call, path)) : undefined;
    if (template === undefined || path === undefined || variables === undefined) {
      refuse(call);
      return [];
    }
    const opening = { from, to: sourceRange(path).to, text: `templatestring(${literalText(template)}` };
    return [opening, ...settledCalls(variables, callNow, refuse)];
  });
}

const readingOf = (call: CallExpression, path: Expression): CallExpression => ({ ...call, name: 'file', args: [path] });

/** A value as HCL writes it. What is unknown cannot be written: asking is a bug. */
export function literalText(value: Value): string {
  switch (value.kind) {
    case 'string':
      return quoted(value.value);
    case 'number':
      return numberText(value.value);
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
    case 'list':
      return `tolist([${value.elements.map(literalText).join(', ')}])`;
    case 'set':
      return `toset([${value.elements.map(literalText).join(', ')}])`;
    case 'tuple':
      return `[${value.elements.map(literalText).join(', ')}]`;
    case 'map':
    case 'object':
      return `{ ${[...value.entries].map(([key, item]) => `${quoted(key)} = ${literalText(item)}`).join(', ')} }`;
    case 'unknown':
      throw new Error('an unknown value has no text');
  }
}

function quoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll('\\b', '\\u0008')
    .replaceAll('\\f', '\\u000c')
    .replace(/([$%])\{/g, '$1$1{');
}

function sourceRange(expression: Expression): SourceRange {
  const { range } = expression;
  if (range instanceof SourceRange) return range;
  throw new Error('the expression was not parsed from a text');
}
