/** The `inputs` of a job: what its builds are given by whoever starts them by hand. */
import { convert, isConversionError } from '../hcl/convert.ts';
import { parseTypeExpression } from '../hcl/parse-type.ts';
import type { Attribute, Block } from '../hcl/syntax.ts';
import { DYNAMIC, describeType, listType, STRING, typesEqual } from '../hcl/type.ts';
import { innerValues, type ObjectValue, objectValue, unknownValue, type Value, withSensitivity } from '../hcl/value.ts';
import { fromJson, toJson } from '../hcl/value-json.ts';
import type { Json } from '../lib/json.ts';
import { nearest } from '../lib/nearest.ts';
import type { BlockReader } from './block-reader.ts';
import { allowed, INPUT_TYPES, type InputType, inputVariable, type JobInput, notAnOption } from './job-input.ts';
import type { Loading } from './loading.ts';
import type { Names } from './names.ts';
import type { Step } from './plan-step.ts';
import { allSteps } from './plan-walk.ts';

/** Each `name { type, default, options, required }` of the only `inputs` block. */
export function loadJobInputs(reader: BlockReader, names: Names, loading: Loading): JobInput[] {
  const block = reader.block('inputs');
  if (block === undefined || loading.labels(block) === undefined) return [];
  const inner = loading.reader(block.body, 'inputs');
  const inputs: JobInput[] = [];
  const variables = new Map<string, string>();
  const seen = new Set<string>();
  for (const item of block.body.items) {
    // Every name is one that may stand here.
    inner.blocks(item.kind === 'block' ? item.type : item.name);
    if (item.kind !== 'block' || loading.labels(item) === undefined) continue;
    const name = item.type;
    loading.isName(name, 'input', item.typeRange);
    if (seen.has(name)) {
      loading.error('duplicate-name', 'Declared twice', `There is an input "${name}" in this job already.`, {
        subject: item.typeRange,
      });
      continue;
    }
    seen.add(name);
    const variable = inputVariable(name);
    const other = variables.get(variable);
    if (other !== undefined) {
      const detail = `The inputs "${other}" and "${name}" would both set ${variable} in the environment. Give one of them another name.`;
      loading.error('environment-clash', 'Names clash', detail, { subject: item.typeRange });
    }
    variables.set(variable, name);
    inputs.push(loadInput(name, item, names, loading));
  }
  inner.finish();
  return inputs;
}

function loadInput(name: string, block: Block, names: Names, loading: Loading): JobInput {
  const { expressions } = loading;
  const reader = loading.reader(block.body, `input "${name}"`);
  const typeAttribute = reader.attribute('type');
  const description = expressions.text(reader.attribute('description'), names);
  const defaultAttribute = reader.attribute('default');
  const optionsAttribute = reader.attribute('options');
  const required = expressions.flag(reader.attribute('required'), names) ?? false;
  const sensitive = expressions.flag(reader.attribute('sensitive'), names) ?? false;
  reader.finish();

  const written = constant(defaultAttribute, 'default', names, loading);
  const choices = constant(optionsAttribute, 'options', names, loading);
  const type = (typeAttribute && readType(typeAttribute, loading)) ?? guessedType(written);
  const options = optionsAttribute && choices && readOptions(choices, type, optionsAttribute, loading);
  const value = defaultAttribute && written && readDefault(written, { type, options }, defaultAttribute, loading);
  const clear = sensitive ? (defaultAttribute ?? optionsAttribute) : undefined;
  if (clear !== undefined) {
    const detail = `The input "${name}" is sensitive, and its ${clear.name} would stand in the pipeline for all to read. Take one of the two out.`;
    loading.error('sensitive-not-allowed', 'Secret value', detail, { subject: clear.nameRange });
  }
  if (required && defaultAttribute !== undefined) {
    const detail = `The input "${name}" has a default, so it always has a value, and "required" does nothing.`;
    loading.warning('useless-required', 'Useless required', detail, { subject: defaultAttribute.nameRange });
  }
  return {
    name,
    type,
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
    ...(options !== undefined && { options }),
    required,
    sensitive,
  };
}

function constant(attribute: Attribute | undefined, what: string, names: Names, loading: Loading): Value | undefined {
  return attribute && loading.expressions.constant(attribute.expression, `"${what}"`, DYNAMIC, names);
}

function readType(attribute: Attribute, loading: Loading): InputType | undefined {
  const { expression } = attribute;
  const parsed = parseTypeExpression(expression);
  for (const diagnostic of parsed.diagnostics) loading.report(diagnostic);
  if (parsed.diagnostics.length > 0) return undefined;
  const found = Object.entries(INPUT_TYPES).find(([, type]) => typesEqual(type, parsed.type));
  if (found !== undefined) return found[0] as InputType;
  const detail = `An input is a string, number, bool or list(string), not a ${describeType(parsed.type)}.`;
  loading.error('bad-input-type', 'Not a type of an input', detail, { subject: expression.range });
  return undefined;
}

/** Without `type`, what the default is; else a text. */
function guessedType(value: Value | undefined): InputType {
  if (value?.kind === 'bool' || value?.kind === 'number') return value.kind;
  return value !== undefined && 'elements' in value ? 'list(string)' : 'string';
}

function readOptions(choices: Value, type: InputType, at: Attribute, loading: Loading): Json[] | undefined {
  const subject = at.expression.range;
  const items = 'elements' in choices ? [...innerValues(choices)] : [];
  if (items.length === 0) {
    const detail = '"options" is a list of at least one value that may be given: options = ["staging", "production"].';
    loading.error('wrong-type', 'Wrong type', detail, { subject });
    return undefined;
  }
  const element = type === 'list(string)' ? STRING : INPUT_TYPES[type];
  const options = items.map((item) => convert(item, element));
  const wrong = options.findIndex((option) => isConversionError(option) || option.kind === 'null');
  if (wrong >= 0) {
    const given = JSON.stringify(toJson(items[wrong] ?? fromJson(null)));
    const detail = `Of an input of type ${type} each option is a ${describeType(element)}; ${given} is none.`;
    loading.error('wrong-type', 'Wrong type', detail, { subject });
    return undefined;
  }
  return options.flatMap((option) => (isConversionError(option) ? [] : [toJson(option)]));
}

function readDefault(
  written: Value,
  { type, options }: { type: InputType; options: Json[] | undefined },
  at: Attribute,
  loading: Loading,
): Json | undefined {
  const subject = at.expression.range;
  const converted = convert(written, INPUT_TYPES[type]);
  if (isConversionError(converted)) {
    const detail = `"default" must be a ${describeType(INPUT_TYPES[type])}: ${converted.message}.`;
    loading.error('wrong-type', 'Wrong type', detail, { subject });
    return undefined;
  }
  const value = toJson(converted);
  const wrong = notAnOption({ options }, value);
  if (wrong === undefined) return value;
  const detail = `The default ${JSON.stringify(wrong)} is not among the options: it is ${allowed({ type, options })}.`;
  const suggestion = nearest(String(wrong), (options ?? []).map(String));
  loading.error('default-not-an-option', 'Not one of the options', detail, { subject, suggestion });
  return undefined;
}

/** What `input` means to the job's expressions: known when it is started. */
export function inputsAsValue(inputs: readonly JobInput[]): ObjectValue {
  return objectValue(
    inputs.map(({ name, type, sensitive }) => {
      const value = unknownValue(type === 'list(string)' ? listType(STRING) : INPUT_TYPES[type]);
      return [name, withSensitivity(value, sensitive)] as const;
    }),
  );
}

/** A job that new versions start, with an input that only a person can give, could never be started by them. */
export function checkUnattended(
  inputs: readonly JobInput[],
  steps: readonly Step[],
  block: Block,
  loading: Loading,
): void {
  const lacking = inputs.find((input) => input.required && input.default === undefined);
  const trigger = [...allSteps(steps, {})].find((step) => step.kind === 'get' && step.trigger);
  if (lacking === undefined || trigger === undefined) return;
  const inner = block.body.items.find((item) => item.kind === 'block' && item.type === 'inputs');
  const own =
    inner?.kind === 'block'
      ? inner.body.items.find((item) => item.kind === 'block' && item.type === lacking.name)
      : undefined;
  const subject = own?.kind === 'block' ? own.typeRange : block.headerRange;
  const detail = `New versions of "${trigger.name}" start this job, and then nobody is there to give "${lacking.name}". Give it a default, or take "trigger" out of the get.`;
  loading.error('input-never-given', 'Nobody to give the input', detail, { subject });
}
