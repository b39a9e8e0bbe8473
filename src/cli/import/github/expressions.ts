/** Expressions of GitHub Actions as HCL. */
import { Expression, quoted, template } from '../hcl-text.ts';
import type { Text } from '../shell-text.ts';
import { type Node, parseExpression } from './expression-parser.ts';

/** What a name stands for, or why it stands for nothing here. */
export type Meaning =
  | { readonly kind: 'hcl'; readonly source: string; readonly isBool?: boolean }
  | { readonly kind: 'text'; readonly text: string | number | boolean }
  /** In a script: what a shell reads there. */
  | { readonly kind: 'shell'; readonly text: string }
  | { readonly kind: 'none'; readonly why: string };

export type Resolve = (names: readonly string[]) => Meaning;

export interface FilledText {
  readonly text: Text;
  /** Of each expression that is not converted, why. It stands in the text as it stood. */
  readonly problems: readonly string[];
}

/** A text with `${{ … }}` in it. */
export function fillText(text: string, resolve: Resolve): FilledText {
  const parts: (string | Expression)[] = [];
  const problems: string[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{\{((?:[^'}]|'[^']*'|\}(?!\}))*)\}\}/g)) {
    parts.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const found = convertExpression(match[1] ?? '', resolve);
    if (found.kind === 'none') {
      problems.push(`${match[0]}: ${found.why}`);
      parts.push(match[0]);
    } else if (found.kind === 'hcl') parts.push(new Expression(found.source));
    else parts.push(String(found.text));
  }
  return { text: template([...parts, text.slice(end)]), problems };
}

export function convertExpression(text: string, resolve: Resolve): Meaning {
  const node = parseExpression(text);
  return node === undefined ? none('it is no expression that pikoci import can read') : meaningOf(node, resolve);
}

export interface Condition {
  /** When the step runs at all: after success, whatever happened, after a failure, after a cancellation. */
  readonly when: 'success' | 'always' | 'failure' | 'cancelled';
  /** `undefined`: it is always true. */
  readonly condition: string | undefined;
}

const STATUS: Readonly<Record<string, Condition['when']>> = {
  success: 'success',
  always: 'always',
  failure: 'failure',
  cancelled: 'cancelled',
};

/** What stands in an `if`. `false`: it is never true. A text: why it is not converted. */
export function convertCondition(text: string, resolve: Resolve): Condition | false | { readonly why: string } {
  const bare = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1] ?? text;
  const node = parseExpression(bare);
  if (node === undefined) return { why: 'it is no expression that pikoci import can read' };
  let when: Condition['when'] = 'success';
  const conditions: string[] = [];
  for (const part of conjuncts(node)) {
    const status = part.kind === 'call' && part.args.length === 0 ? STATUS[part.name] : undefined;
    const notCancelled = part.kind === 'not' && part.of.kind === 'call' && part.of.name === 'cancelled';
    if (status !== undefined || notCancelled) {
      when = status ?? 'always';
      continue;
    }
    const found = truthOf(part, resolve);
    if (typeof found === 'object') return found;
    if (found === 'false') return false;
    if (found !== 'true') conditions.push(conditions.length > 0 || conjuncts(node).length > 1 ? `(${found})` : found);
  }
  return {
    when,
    condition:
      conditions.length === 0
        ? undefined
        : conditions.map((one, _, all) => (all.length === 1 ? one.replace(/^\((.*)\)$/s, '$1') : one)).join(' && '),
  };
}

function conjuncts(node: Node): Node[] {
  return node.kind === 'binary' && node.operator === '&&'
    ? [...conjuncts(node.left), ...conjuncts(node.right)]
    : [node];
}

/** A node as a bool of HCL, folded where it is known now. */
function truthOf(node: Node, resolve: Resolve): string | { readonly why: string } {
  if (node.kind === 'not') {
    const of = truthOf(node.of, resolve);
    return typeof of === 'object' ? of : of === 'true' ? 'false' : of === 'false' ? 'true' : `!(${of})`;
  }
  if (node.kind === 'binary' && (node.operator === '&&' || node.operator === '||')) {
    const [left, right] = [truthOf(node.left, resolve), truthOf(node.right, resolve)];
    const [wins, idle] = node.operator === '&&' ? ['false', 'true'] : ['true', 'false'];
    if (left === wins || right === wins) return wins;
    if (typeof left === 'object') return left;
    if (typeof right === 'object') return right;
    if (left === idle) return right;
    if (right === idle) return left;
    return `(${left}) ${node.operator} (${right})`;
  }
  const found = meaningOf(node, resolve);
  if (found.kind === 'none') return { why: found.why };
  if (found.kind === 'shell') return { why: 'only a shell knows it' };
  if (found.kind === 'text') return String(found.text !== '' && found.text !== false && found.text !== 0);
  if (isBool(node) || found.isBool === true) return found.source;
  return `${found.source} != null && ${found.source} != "" && ${found.source} != false`;
}

const BOOLS: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);
const isBool = (node: Node): boolean => node.kind === 'binary' || (node.kind === 'call' && BOOLS.has(node.name));

function meaningOf(node: Node, resolve: Resolve): Meaning {
  switch (node.kind) {
    case 'literal':
      return node.value === null ? hcl('null') : { kind: 'text', text: node.value };
    case 'path':
      return resolve(node.names);
    case 'call':
      return callOf(node.name, node.args, resolve);
    case 'not': {
      const truth = truthOf(node, resolve);
      return typeof truth === 'object' ? none(truth.why) : hcl(truth);
    }
    case 'binary':
      return binaryOf(node, resolve);
  }
}

function binaryOf(node: Extract<Node, { kind: 'binary' }>, resolve: Resolve): Meaning {
  // `a && b || c` is how they say "if a then b else c".
  if (node.operator === '||' && node.left.kind === 'binary' && node.left.operator === '&&') {
    const condition = truthOf(node.left.left, resolve);
    const [then, otherwise] = [meaningOf(node.left.right, resolve), meaningOf(node.right, resolve)];
    if (typeof condition === 'object') return none(condition.why);
    if (condition === 'true') return then;
    if (condition === 'false') return otherwise;
    const [a, b] = [sourceOf(then), sourceOf(otherwise)];
    if (a === undefined || b === undefined) return none(whyOf(then, otherwise));
    return hcl(`(${condition}) ? ${a} : ${b}`);
  }
  if (node.operator === '&&' || node.operator === '||') {
    const [left, right] = [meaningOf(node.left, resolve), meaningOf(node.right, resolve)];
    if (left.kind === 'text') {
      const truth = left.text !== '' && left.text !== false && left.text !== 0;
      return truth === (node.operator === '||') ? left : right;
    }
    const [a, b] = [sourceOf(left), sourceOf(right)];
    if (a === undefined || b === undefined) return none(whyOf(left, right));
    if (node.operator === '||') return hcl(`${a} != null && ${a} != "" ? ${a} : ${b}`);
    const truth = truthOf(node, resolve);
    return typeof truth === 'object' ? none(truth.why) : hcl(truth);
  }
  const [left, right] = [meaningOf(node.left, resolve), meaningOf(node.right, resolve)];
  if (left.kind === 'text' && right.kind === 'text' && (node.operator === '==' || node.operator === '!=')) {
    return { kind: 'text', text: (String(left.text) === String(right.text)) === (node.operator === '==') };
  }
  const [a, b] = [sourceOf(left), sourceOf(right)];
  return a === undefined || b === undefined ? none(whyOf(left, right)) : hcl(`${a} ${node.operator} ${b}`);
}

function callOf(name: string, args: readonly Node[], resolve: Resolve): Meaning {
  const values = args.map((arg) => meaningOf(arg, resolve));
  const sources = values.map(sourceOf);
  const [a, b] = sources;
  if (sources.includes(undefined)) return none(whyOf(...values));
  const [first, second] = values;
  if (first?.kind === 'text' && second?.kind === 'text') {
    const [text, part] = [String(first.text), String(second.text)];
    if (name === 'startswith') return { kind: 'text', text: text.startsWith(part) };
    if (name === 'endswith') return { kind: 'text', text: text.endsWith(part) };
    if (name === 'contains') return { kind: 'text', text: text.includes(part) };
  }
  switch (name) {
    case 'startswith':
    case 'endswith':
      return hcl(`${name}(${a}, ${b})`);
    case 'contains':
      // A list that stands in the expression is made by fromJSON.
      return hcl(args[0]?.kind === 'call' ? `contains(${a}, ${b})` : `strcontains(${a}, ${b})`);
    case 'tojson':
      return hcl(`jsonencode(${a})`);
    case 'fromjson':
      return hcl(`jsondecode(${a})`);
    case 'join':
      return hcl(`join(${b ?? quoted(',')}, ${a})`);
    case 'hashfiles':
      return hcl(`hashfiles(${sources.join(', ')})`);
    case 'format':
      return formatOf(first, sources.slice(1));
    default:
      return none(`there is no ${name}() here`);
  }
}

function formatOf(pattern: Meaning | undefined, sources: readonly (string | undefined)[]): Meaning {
  if (pattern?.kind !== 'text') return none('the first argument of format() is a text');
  const parts = String(pattern.text).split(/\{(\d+)\}/);
  const texts = parts.map((part, at) => (at % 2 === 0 ? quoted(part).slice(1, -1) : `\${${sources[Number(part)]}}`));
  return hcl(`"${texts.join('')}"`);
}

const hcl = (source: string): Meaning => ({ kind: 'hcl', source });
const none = (why: string): Meaning => ({ kind: 'none', why });

function sourceOf(meaning: Meaning): string | undefined {
  if (meaning.kind === 'hcl')
    return /[?&|=<>]/.test(meaning.source.replaceAll(/"[^"]*"/g, '')) ? `(${meaning.source})` : meaning.source;
  if (meaning.kind === 'text') return typeof meaning.text === 'string' ? quoted(meaning.text) : String(meaning.text);
  return undefined;
}

function whyOf(...meanings: readonly Meaning[]): string {
  for (const meaning of meanings) if (meaning.kind === 'none') return meaning.why;
  return 'only a shell knows it';
}
