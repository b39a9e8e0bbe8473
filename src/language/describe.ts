/** What editors say about things, in Markdown. */
import type { FunctionParameter, HclFunction } from '../hcl/function.ts';
import type { FileReader } from '../hcl/functions/files.ts';
import { standardFunctions } from '../hcl/functions/standard-functions.ts';
import { describeType } from '../hcl/type.ts';
import type { AttributeSchema, BlockSchema } from './schema.ts';
import type { ParamInfo, TypeInfo } from './type-info.ts';

/** They are described here, never called. */
const NO_FILES: FileReader = { read: () => ({ kind: 'missing' }), list: () => [] };
let functions: ReadonlyMap<string, HclFunction> | undefined;

/** Every function of the language, by name. */
export function languageFunctions(): ReadonlyMap<string, HclFunction> {
  functions ??= standardFunctions({ files: NO_FILES });
  return functions;
}

export const code = (text: string): string => `\`\`\`hcl\n${text}\n\`\`\``;

const paragraphs = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n\n');

export function parameterText({ name, type, optional }: FunctionParameter): string {
  return `${name}${optional === true ? '?' : ''}: ${describeType(type)}`;
}

/** The parameters of a function as its signature shows them; the last one may stand for many. */
export function signatureParameters({ parameters, rest }: HclFunction): readonly string[] {
  return [...parameters.map(parameterText), ...(rest === undefined ? [] : [`…${parameterText(rest)}`])];
}

export function signatureOf(entry: HclFunction): string {
  const result =
    entry.kind === 'eager' && typeof entry.returns !== 'function' ? ` → ${describeType(entry.returns)}` : '';
  return `${entry.name}(${signatureParameters(entry).join(', ')})${result}`;
}

export function describeFunction(entry: HclFunction): string {
  const examples = entry.examples.map(({ source, result }) => `${source}\n# ${result.replaceAll('\n', '\n# ')}`);
  return paragraphs(code(signatureOf(entry)), entry.doc, examples.length > 0 ? code(examples.join('\n\n')) : undefined);
}

export function describeAttribute(name: string, { doc, value }: AttributeSchema): string {
  const kinds: Partial<Record<typeof value.kind, string>> = {
    text: 'string',
    number: 'number',
    flag: 'bool',
    duration: 'duration',
    texts: 'list(string)',
    jobs: 'list(string)',
    map: 'map',
  };
  const kind = kinds[value.kind];
  const values =
    value.kind === 'choice'
      ? Object.entries(value.values)
          .map(([text, about]) => `- \`"${text}"\`: ${about}`)
          .join('\n')
      : undefined;
  const keys =
    value.kind === 'object'
      ? Object.entries(value.keys)
          .map(([key, schema]) => `- \`${key}\`: ${schema.doc}`)
          .join('\n')
      : undefined;
  return paragraphs(code(kind === undefined ? name : `${name}: ${kind}`), doc, values, keys);
}

export function blockHeader(type: string, labels: readonly string[]): string {
  return [type, ...labels.map((label) => `"${label}"`)].join(' ');
}

export function describeBlock(type: string, schema: BlockSchema): string {
  const form = schema.labels.length > 0 ? schema : (schema.labelled ?? schema);
  return paragraphs(code(`${blockHeader(type, schema.labels.length > 0 ? form.labels : [])} { … }`), schema.doc);
}

export function describeParameter(param: ParamInfo, type: TypeInfo): string {
  const facts = [
    param.required === undefined
      ? undefined
      : param.required.includes('|')
        ? `One of ${param.required
            .split('|')
            .map((name) => `\`${name}\``)
            .join(' and ')} must be given.`
        : 'Must be given.',
    param.fallback === undefined ? undefined : `\`${param.fallback}\` unless given.`,
  ].filter((fact) => fact !== undefined);
  const owner = `Parameter of the ${type.kind.replace('_', ' ')} \`${type.name}\`.`;
  return paragraphs(param.doc, facts.join(' '), owner);
}

export function describeTypeInfo(type: TypeInfo): string {
  const origin = type.declared === undefined ? 'Built in.' : undefined;
  const params = type.params.map(({ name, doc, required, fallback }) => {
    const notes = [
      ...(required === undefined ? [] : ['required']),
      ...(fallback === undefined ? [] : [`default \`${fallback}\``]),
    ];
    return `- \`${name}\`${notes.length > 0 ? ` (${notes.join(', ')})` : ''}${doc === '' ? '' : `: ${doc}`}`;
  });
  return paragraphs(code(blockHeader(type.kind, [type.name])), type.doc, params.join('\n'), origin);
}
