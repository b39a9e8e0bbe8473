/** The variables of a module: what its call gives, else their own secret or default. */
import { convert, isConversionError } from '../hcl/convert.ts';
import type { Attribute } from '../hcl/syntax.ts';
import { describeType, typesEqual } from '../hcl/type.ts';
import { typeOf, withSensitivity } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import { nearest } from '../lib/nearest.ts';
import { conversionText } from './conversion-text.ts';
import {
  type LoadedVariable,
  readDeclaration,
  type VariableDeclaration,
  variableBlocks,
  variableWithoutValue,
} from './load-variables.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import { describeCall, type ModuleCall, type PipelinePart } from './read-parts.ts';

/** Attributes of a call that are no inputs. */
export const CALL_ATTRIBUTES = ['source', 'sha256', 'for_each'] as const;

/** `outer`: what the call may refer to; `inner`: what defaults may. */
export function loadInputs(
  call: ModuleCall,
  part: PipelinePart,
  { outer, inner }: { readonly outer: Names; readonly inner: Names },
  loading: Loading,
): Map<string, LoadedVariable> {
  const declarations = readDeclarations(call, part, inner, loading);
  const given = new Map<string, Attribute>();
  for (const item of call.block.body.items) {
    if (item.kind === 'attribute' && !CALL_ATTRIBUTES.some((name) => name === item.name)) given.set(item.name, item);
  }
  const meant = new Set<string>();
  for (const [name, attribute] of given) {
    if (declarations.has(name)) continue;
    const suggestion = nearest(name, declarations.keys());
    if (suggestion !== undefined) meant.add(suggestion);
    const all = [...declarations.keys()];
    const list = all.length === 0 ? ' It declares no variables.' : ` It has: ${all.join(', ')}.`;
    const detail = `The module "${call.name}" has no input "${name}".${suggestion === undefined ? list : ''}`;
    loading.error('unknown-input', 'Unknown input', detail, { subject: attribute.nameRange, suggestion });
  }
  const variables = new Map<string, LoadedVariable>();
  for (const [name, declared] of declarations) {
    const attribute = given.get(name);
    const variable = attribute && readGiven(call, attribute, declared, outer, loading);
    variables.set(name, variable ?? withoutInput(call, declared, inner, meant.has(name), loading));
  }
  return variables;
}

function readDeclarations(
  call: ModuleCall,
  part: PipelinePart,
  inner: Names,
  loading: Loading,
): Map<string, VariableDeclaration> {
  using _ = loading.inModule(describeCall(call.name, call.block));
  const declarations = new Map<string, VariableDeclaration>();
  for (const [name, block] of variableBlocks(part.blocks('variable'), loading)) {
    if (CALL_ATTRIBUTES.some((taken) => taken === name)) {
      const detail = `A call of the module could not set the variable "${name}": there "${name}" has a meaning of its own. Give it another name.`;
      loading.error('bad-name', 'Not a usable name', detail, { subject: block.headerRange });
    }
    declarations.set(name, readDeclaration(name, block, inner, loading));
  }
  return declarations;
}

/** Undefined: it is null, which counts as not given. */
function readGiven(
  call: ModuleCall,
  attribute: Attribute,
  declared: VariableDeclaration,
  outer: Names,
  loading: Loading,
): LoadedVariable | undefined {
  const read = loading.expressions.planValue(attribute.expression, outer);
  if (read.broken === true) return { kind: 'broken' };
  if (read.value.kind === 'null') return undefined;
  const { type } = declared;
  const value = convert(read.value, type);
  if (isConversionError(value)) {
    const detail = `The input "${declared.name}" of the module "${call.name}" must be a ${describeType(type)}: ${value.message}.`;
    loading.error('wrong-type', 'Wrong type', detail, { subject: attribute.expression.range });
    return { kind: 'broken' };
  }
  const isSecret = declared.sensitive || declared.secret !== undefined;
  if (read.plan.kind === 'known') {
    return isSecret ? { kind: 'sealed', value: toJson(value), type } : { kind: 'known', value };
  }
  const isOfType = typesEqual(typeOf(read.value), type);
  const expression = isOfType ? read.plan.expression : conversionText(`(${read.plan.expression})`, type);
  const sensitive = isSecret || read.plan.sensitive;
  return {
    kind: 'passed',
    value: isSecret ? withSensitivity(value, true) : value,
    plan: { ...read.plan, expression, sensitive },
    sensitive,
  };
}

function withoutInput(
  call: ModuleCall,
  declared: VariableDeclaration,
  inner: Names,
  isMeant: boolean,
  loading: Loading,
): LoadedVariable {
  let isMissing = false;
  const inModule = (): LoadedVariable => {
    using _ = loading.inModule(describeCall(call.name, call.block));
    return variableWithoutValue(declared, inner, loading, () => {
      isMissing = true;
    });
  };
  const variable = inModule();
  // A misspelt name is one mistake: it is not missing too.
  if (!isMissing || isMeant) return variable;
  const { name, type } = declared;
  const what = type.kind === 'dynamic' ? '' : ` (a ${describeType(type)})`;
  const detail = `The module "${call.name}" needs the input "${name}"${what}: ${name} = ….`;
  loading.error('missing-input', 'Input missing', detail, { subject: call.block.headerRange });
  return variable;
}
