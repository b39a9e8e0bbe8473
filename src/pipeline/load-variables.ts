/** `variable` blocks: which value each has when the pipeline is set, and which only get one in a run (LANGUAGE.md §5). */
import { convert, isConversionError } from '../hcl/convert.ts';
import { parseTypeExpression } from '../hcl/parse-type.ts';
import type { Attribute, Block } from '../hcl/syntax.ts';
import { DYNAMIC, describeType, type Type } from '../hcl/type.ts';
import { UNKNOWN, unknownValue, type Value, withSensitivity } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';
import { textAsWritten } from './expression-text.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Names } from './names.ts';
import type { PlanValue } from './plan-value.ts';
import { typedValue } from './typed-value.ts';

/** A variable after the first pass. The parameters of a `secret` may use other variables, so they are read later. */
export type LoadedVariable =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'sealed'; readonly value: Json; readonly type: Type }
  | { readonly kind: 'secret'; readonly block: Block; readonly type: Type; readonly typeText: string | undefined }
  /** An input of a module that only a run can know; `plan` is in the names of the module's caller. */
  | { readonly kind: 'passed'; readonly value: Value; readonly plan: PlanValue; readonly sensitive: boolean }
  /** Something is wrong with it, and that was said. */
  | { readonly kind: 'broken' };

/** What the name means to expressions: a secret is an unknown, sensitive value. */
export function valueOfVariable(variable: LoadedVariable): Value {
  switch (variable.kind) {
    case 'known':
    case 'passed':
      return variable.value;
    case 'sealed':
    case 'secret':
      return withSensitivity(unknownValue(variable.type), true);
    case 'broken':
      return UNKNOWN;
  }
}

/** The variables of the pipeline itself. */
export function loadVariables(blocks: readonly Block[], names: Names, loading: Loading): Map<string, LoadedVariable> {
  const variables = new Map<string, LoadedVariable>();
  for (const [name, block] of variableBlocks(blocks, loading)) {
    variables.set(name, loadVariable(name, block, names, loading));
  }
  for (const name of Object.keys(loading.request.variables)) {
    if (variables.has(name)) continue;
    const suggestion = nearest(name, variables.keys());
    const detail = `A value is given for the variable "${name}", which the pipeline does not declare; it is not used.`;
    loading.warning('unused-value', 'Value for no variable', detail, { suggestion });
  }
  return variables;
}

export function variableBlocks(blocks: readonly Block[], loading: Loading): Map<string, Block> {
  const places = new Map<string, Block>();
  for (const block of blocks) {
    const [name] = loading.labels(block, 'name') ?? [];
    if (name === undefined) continue;
    loading.isName(name, 'variable', labelRange(block, 0));
    const first = places.get(name);
    if (first !== undefined) {
      const detail = `The variable "${name}" is declared on line ${first.range.start.line} already.`;
      loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
      continue;
    }
    places.set(name, block);
  }
  return places;
}

/** What the block says. */
export interface VariableDeclaration {
  readonly name: string;
  readonly block: Block;
  readonly type: Type;
  /** The type as it is written, if it is. */
  readonly typeText: string | undefined;
  readonly sensitive: boolean;
  readonly secret: Block | undefined;
  readonly default: Attribute | undefined;
  /** Something in it was probably meant to be its default or secret; that was said. */
  readonly isMeant: boolean;
}

export function readDeclaration(name: string, block: Block, names: Names, loading: Loading): VariableDeclaration {
  const { expressions } = loading;
  const reader = loading.reader(block.body, `variable "${name}"`);
  const typeAttribute = reader.attribute('type');
  const defaultAttribute = reader.attribute('default');
  expressions.text(reader.attribute('description'), names);
  const sensitive = expressions.flag(reader.attribute('sensitive'), names) ?? false;
  const secret = reader.block('secret');
  reader.finish();

  const parsedType = typeAttribute && parseTypeExpression(typeAttribute.expression);
  for (const diagnostic of parsedType?.diagnostics ?? []) loading.report(diagnostic);
  const isMeant = reader.isMeant('default') || reader.isMeant('secret');
  const isType = typeAttribute !== undefined && parsedType?.diagnostics.length === 0;
  const typeText = isType ? textAsWritten(typeAttribute.expression) : undefined;
  const type = parsedType?.type ?? DYNAMIC;
  return { name, block, type, typeText, sensitive, secret, default: defaultAttribute, isMeant };
}

function loadVariable(name: string, block: Block, names: Names, loading: Loading): LoadedVariable {
  const declared = readDeclaration(name, block, names, loading);
  const { type, secret } = declared;
  const sensitive = declared.sensitive || loading.request.sensitive?.has(name) === true;
  const given = givenValue(name, loading);
  if (given !== undefined) {
    const value = convertGiven(name, given, type, sensitive || secret !== undefined, block, loading);
    if (value === undefined) return { kind: 'broken' };
    return sensitive || secret !== undefined
      ? { kind: 'sealed', value: toJson(value), type }
      : { kind: 'known', value };
  }
  return variableWithoutValue(declared, names, loading, () => {
    const detail = `The variable "${name}" has no value and no default. Give it one with --var ${name}=…, in a file given by --vars, or as PIKOCI_VAR_${name}.`;
    loading.error('no-value', 'Variable without a value', detail, { subject: block.headerRange });
  });
}

/** A variable that nobody gave a value: its secret, else its default; `missing` reports that it has neither. */
export function variableWithoutValue(
  { name, block, type, typeText, sensitive, secret, default: defaultAttribute, isMeant }: VariableDeclaration,
  names: Names,
  loading: Loading,
  missing: () => void,
): LoadedVariable {
  const { expressions } = loading;
  if (secret !== undefined) {
    if (defaultAttribute !== undefined) {
      const detail = `The variable "${name}" comes from a secret, so its default is never used.`;
      loading.warning('unused-default', 'Useless default', detail, { subject: defaultAttribute.range });
    }
    return { kind: 'secret', block: secret, type, typeText };
  }
  if (defaultAttribute === undefined) {
    if (isMeant || loading.isUnread(block.range)) return { kind: 'broken' };
    missing();
    return { kind: 'broken' };
  }
  const written = expressions.evaluate(defaultAttribute.expression, names);
  if (written === undefined || written.kind === 'unknown') return { kind: 'broken' };
  const value = convert(written, type);
  if (isConversionError(value)) {
    const detail = `The default of "${name}" must be a ${describeType(type)}: ${value.message}.`;
    loading.error('wrong-type', 'Wrong type', detail, { subject: defaultAttribute.expression.range });
    return { kind: 'broken' };
  }
  return sensitive || value.sensitive ? { kind: 'sealed', value: toJson(value), type } : { kind: 'known', value };
}

/** The value from outside: `--var` and `--vars`, else the environment. */
function givenValue(name: string, loading: Loading): Json | undefined {
  const { variables, env } = loading.request;
  if (Object.hasOwn(variables, name)) return variables[name];
  return env?.[`PIKOCI_VAR_${name}`];
}

/** A text given for a list or map is read as HCL writes them: `--var 'names=["a", "b"]'`. */
function convertGiven(
  name: string,
  given: Json,
  type: Type,
  secret: boolean,
  block: Block,
  loading: Loading,
): Value | undefined {
  const converted = typedValue(given, type, { secret });
  if (converted === undefined) {
    const detail = `The value given for "${name}" must be a ${describeType(type)}, written as in HCL, such as ["a", "b"] or { a = "b" }.`;
    loading.error('wrong-type', 'Wrong type', detail, { subject: block.headerRange });
    return undefined;
  }
  if (!isConversionError(converted)) return converted;
  const detail = `The value given for "${name}" must be a ${describeType(type)}: ${converted.message}.`;
  loading.error('wrong-type', 'Wrong type', detail, { subject: block.headerRange });
  return undefined;
}
