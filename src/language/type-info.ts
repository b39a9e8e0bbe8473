/** What the text of a type says to those who use it: its parameters, with the comments beside them. */
import { parseConfig } from '../hcl/parse.ts';
import type { Block, Body, Expression } from '../hcl/syntax.ts';
import { parametersOf } from '../pipeline/expand-command.ts';
import { LIMIT_NAMES } from '../pipeline/limits.ts';
import type { SourceKind } from '../pipeline/source.ts';
import { Comments } from './comments.ts';
import { attributeOf, literalText, literalTexts, textOf } from './literals.ts';
import { spanOf } from './span.ts';

export interface TypeInfo {
  readonly kind: SourceKind;
  readonly name: string;
  /** The comment above it, or its description. */
  readonly doc: string;
  readonly params: readonly ParamInfo[];
  /** What a `put` or `notify` of it may say, as far as it tells. */
  readonly stepParams: readonly ParamInfo[];
  /** The block that declares it in this file; absent for a built-in. */
  readonly declared?: Block;
}

export interface ParamInfo {
  readonly name: string;
  readonly doc: string;
  /** It must be given, or it or another: `cmd|file`. */
  readonly required?: string;
  /** What stands in for it, as it is written. */
  readonly fallback?: string;
}

/** Parameters that the engine gives, not those who use the type. */
const ENGINE_GIVES: ReadonlySet<string> = new Set(['container']);
/** Every secret type takes these. */
const ALWAYS: Partial<Record<SourceKind, readonly ParamInfo[]>> = {
  secret_type: [
    { name: 'path', doc: 'Where the secret is.' },
    { name: 'key', doc: 'Which field of what is found there.' },
  ],
};

/** Reads the type that a text holds, by the name it is used by. */
export function readTypeText(kind: SourceKind, name: string, text: string): TypeInfo | undefined {
  const { body } = parseConfig(text, name);
  const block = body.items.find((item): item is Block => item.kind === 'block' && item.type === kind);
  return block && readType(kind, name, block, text);
}

/** Reads a type from its block, which stands in `text`. */
export function readType(kind: SourceKind, name: string, block: Block, text: string): TypeInfo {
  const comments = new Comments(text);
  const params = declaredParams(block.body, 'params', comments);
  const listed = params.length > 0 || kind !== 'runner_type' ? params : mentionedParams(block.body);
  const required = literalTexts(attributeOf(block.body, 'required')?.expression).map(({ value }) => value);
  const defaults = defaultsOf(block.body, text);
  const known = new Map([...(ALWAYS[kind] ?? []), ...listed].map((param) => [param.name, param]));
  const described = new Map(params.map((param) => [param.name, param.doc]));
  return {
    kind,
    name,
    stepParams: declaredParams(block.body, 'step_params', comments).map(({ name: param, doc }) => ({
      name: param,
      doc: doc === '' ? (described.get(param) ?? '') : doc,
    })),
    doc: textOf(block.body, 'description') ?? comments.above(spanOf(block.range).from),
    params: [...known.values()].map((param) => {
      const need = required.find((choice) => choice.split('|').includes(param.name));
      const fallback = defaults.get(param.name);
      return { ...param, ...(need !== undefined && { required: need }), ...(fallback !== undefined && { fallback }) };
    }),
  };
}

function declaredParams(body: Body, attribute: 'params' | 'step_params', comments: Comments): ParamInfo[] {
  const list = literalTexts(attributeOf(body, attribute)?.expression).map(({ value, span }) => ({
    name: value,
    at: span.from,
    line: comments.lineOf(span.from),
  }));
  // A comment beside several names on one line is of none of them.
  return list.map(({ name, at, line }) => ({
    name,
    doc: list.filter((other) => other.line === line).length === 1 ? comments.of(at) : '',
  }));
}

/** What the commands of a runner mention, for one that lists nothing. */
function mentionedParams(body: Body): ParamInfo[] {
  const names = new Set<string>();
  for (const item of body.items) {
    if (item.kind !== 'block' || item.type === 'runner') continue;
    const path = textOf(item.body, 'path') ?? '';
    const args = literalTexts(attributeOf(item.body, 'args')?.expression).map(({ value }) => value);
    const dir = textOf(item.body, 'dir') ?? '';
    const limits = Object.fromEntries(LIMIT_NAMES.map((limit) => [limit, textOf(item.body, limit)]));
    for (const name of parametersOf({ path, args, dir, ...limits })) if (!ENGINE_GIVES.has(name)) names.add(name);
  }
  return [...names].map((name) => ({ name, doc: '' }));
}

function defaultsOf(body: Body, text: string): ReadonlyMap<string, string> {
  const expression = attributeOf(body, 'defaults')?.expression;
  if (expression?.kind !== 'object') return new Map();
  const written = (value: Expression): string => {
    const { from, to } = spanOf(value.range);
    return text.slice(from, to);
  };
  return new Map(
    expression.items.flatMap(({ key, value }) => {
      const name = literalText(key);
      return name === undefined ? [] : [[name, written(value)] as const];
    }),
  );
}
