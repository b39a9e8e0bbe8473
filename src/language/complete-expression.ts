/** Values: names, functions, and what an attribute is known to want. */
import type { Block } from '../hcl/syntax.ts';
import { jobTexts } from './complete-text.ts';
import { type Completion, escapeSnippet } from './completion.ts';
import type { Cursor } from './cursor.ts';
import { describeFunction, languageFunctions, signatureParameters } from './describe.ts';
import { describeLocal, describeResource, describeVariable } from './describe-symbol.ts';
import type { PipelineDocument } from './document.ts';
import { BUILD_FACTS, EACH_FACTS, ROOTS, TYPE_WORDS } from './facts.ts';
import { attributeOf, literalText, textOf } from './literals.ts';
import { moduleCalled, nameOf } from './modules.ts';
import { blocksAround } from './tree.ts';
import { valueSchemaAt } from './value-schema.ts';

export function completeExpression(
  document: PipelineDocument,
  cursor: Cursor,
  path: readonly string[],
): readonly Completion[] {
  if (path.length > 0) return members(document, cursor, path);
  const schema = valueSchemaAt(cursor);
  if (schema?.kind === 'type') {
    return Object.entries(TYPE_WORDS).map(([label, [insert, doc]]) => ({
      label,
      kind: 'keyword',
      doc,
      insert,
      span: cursor.span,
    }));
  }
  const wanted = cursor.calls.length === 0 ? wantedValues(document, cursor) : [];
  return [...wanted, ...roots(document, cursor), ...functionCompletions(cursor)];
}

/** What the attribute is known to want. */
function wantedValues(document: PipelineDocument, cursor: Cursor): Completion[] {
  const schema = valueSchemaAt(cursor);
  const value = (label: string, doc: string, insert = label): Completion => ({
    label,
    kind: 'value',
    doc,
    insert,
    span: cursor.span,
    rank: 1,
  });
  const quoted = (text: string, doc: string): Completion => value(`"${text}"`, doc, `"${escapeSnippet(text)}"`);
  switch (schema?.kind) {
    case 'flag':
      return [value('true', ''), value('false', '')];
    case 'choice':
      return Object.entries(schema.values).map(([text, doc]) => quoted(text, doc));
    case 'jobs':
      return jobTexts(document, cursor).map((name) => quoted(name, ''));
    case 'source':
      return [quoted('pikoci://', 'A built-in type.')];
    default:
      return [];
  }
}

function roots(document: PipelineDocument, cursor: Cursor): Completion[] {
  const job = jobAround(document, cursor);
  const inJob = cursor.blocks[0]?.type === 'job' || cursor.blocks[0]?.type === 'locals';
  const there: Readonly<Record<string, boolean>> = {
    var: document.topLevel('variable').length > 0,
    local: document.topLevel('locals').length > 0,
    module: document.topLevel('module').length > 0,
    each: job !== undefined && isMany(job),
    build: inJob,
    get: inJob,
    input: job !== undefined && inputsOf(job).length > 0,
    task: inJob,
  };
  const found = Object.entries(ROOTS)
    .filter(([root]) => there[root] === true)
    .map(([label, doc]): Completion => ({ label, kind: 'variable', doc, insert: label, span: cursor.span, rank: 2 }));
  const words = ['true', 'false', 'null'].map(
    (label): Completion => ({ label, kind: 'keyword', insert: label, span: cursor.span, rank: 6 }),
  );
  const bound = cursor.bound.map(
    (label): Completion => ({ label, kind: 'variable', insert: label, span: cursor.span, rank: 1 }),
  );
  return [...bound, ...found, ...words];
}

function functionCompletions(cursor: Cursor): Completion[] {
  return [...languageFunctions().values()].map((entry) => ({
    label: entry.name,
    kind: 'function',
    detail: `(${signatureParameters(entry).join(', ')})`,
    doc: describeFunction(entry),
    insert: entry.parameters.length === 0 && entry.rest === undefined ? `${entry.name}()` : `${entry.name}($0)`,
    span: cursor.span,
    rank: 7,
  }));
}

/** What comes after a dot. */
function members(document: PipelineDocument, cursor: Cursor, path: readonly string[]): readonly Completion[] {
  const [root = '', name, ...deeper] = path;
  if (cursor.bound.includes(root) || deeper.length > 0) return [];
  const facts = (of: Readonly<Record<string, string>>): Completion[] =>
    Object.entries(of).map(([label, doc]) => ({ label, kind: 'fact', doc, insert: label, span: cursor.span }));
  const names = (all: readonly (readonly [string, string])[], kind: Completion['kind']): Completion[] =>
    all.map(([label, doc]) => ({ label, kind, doc, insert: escapeSnippet(label), span: cursor.span }));
  if (root === 'module' && name !== undefined) {
    const called = moduleCalled(document, name);
    const outputs = called === undefined || called.isMany ? [] : called.outputs;
    return names(
      outputs.map((block) => [nameOf(block), textOf(block.body, 'description') ?? ''] as const),
      'value',
    );
  }
  if (name !== undefined) return facts(inner(document, cursor, root, name));
  switch (root) {
    case 'var':
      return names(
        document.topLevel('variable').flatMap((block) => named(block, describeVariable)),
        'variable',
      );
    case 'local':
      return names(
        document
          .topLevel('locals')
          .flatMap(({ body }) =>
            body.items.flatMap((item) =>
              item.kind === 'attribute' ? [[item.name, describeLocal(document, item)] as const] : [],
            ),
          ),
        'local',
      );
    case 'module':
      return names(
        document.topLevel('module').flatMap((block) => named(block, () => 'Its outputs.')),
        'value',
      );
    case 'build':
      return facts(BUILD_FACTS);
    case 'each':
      return facts(EACH_FACTS);
    case 'input': {
      const job = jobAround(document, cursor);
      return names(job === undefined ? [] : inputsOf(job), 'value');
    }
    case 'get':
    case 'task': {
      const job = jobAround(document, cursor);
      const steps = job === undefined ? [] : stepsOf(job, root);
      return names(
        steps.map(({ name: step, type }) => [step, type === undefined ? '' : describeResource(document, type, step)]),
        root === 'get' ? 'resource' : 'value',
      );
    }
    default:
      return [];
  }
}

function named(block: Block, describe: (block: Block) => string): (readonly [string, string])[] {
  const name = block.labels[0]?.value;
  return name === undefined || name === '' ? [] : [[name, describe(block)]];
}

/** The fields of a value that is written as an object: the default of a variable, a local, the axes of a matrix. */
function inner(document: PipelineDocument, cursor: Cursor, root: string, name: string): Record<string, string> {
  const block = document.topLevel('variable').find(({ labels }) => labels[0]?.value === name);
  const locals = document.topLevel('locals').map(({ body }) => attributeOf(body, name)?.expression);
  const written =
    root === 'var'
      ? block && attributeOf(block.body, 'default')?.expression
      : locals.find((found) => found !== undefined);
  if ((root === 'var' || root === 'local') && written?.kind === 'object') {
    return Object.fromEntries(
      written.items.flatMap(({ key }) => (literalText(key) === undefined ? [] : [[literalText(key), '']])),
    );
  }
  if (root !== 'each' || name !== 'value') return {};
  const matrix = jobAround(document, cursor)?.body.items.find(
    (item) => item.kind === 'block' && item.type === 'matrix',
  );
  const axes = matrix?.kind === 'block' ? matrix.body.items : [];
  return Object.fromEntries(
    axes.flatMap((item) => (item.kind === 'attribute' ? [[item.name, 'An axis of the matrix.']] : [])),
  );
}

const isMany = (job: Block): boolean =>
  job.body.items.some(
    (item) =>
      (item.kind === 'attribute' && item.name === 'for_each') || (item.kind === 'block' && item.type === 'matrix'),
  );

/** The job around the cursor as the parser read it; the one of that name, where the text around the cursor does not parse. */
export function jobAround(document: PipelineDocument, { blocks, span }: Cursor): Block | undefined {
  const [around] = blocksAround(document.body, span.from);
  if (around?.type === 'job') return around;
  const [outer] = blocks;
  return outer?.type === 'job'
    ? document.topLevel('job').find(({ labels }) => labels[0]?.value === outer.labels[0])
    : undefined;
}

/** The inputs of a job, each with its description. */
function inputsOf(job: Block): (readonly [string, string])[] {
  return job.body.items.flatMap((item) =>
    item.kind !== 'block' || item.type !== 'inputs'
      ? []
      : item.body.items.flatMap((input) => {
          if (input.kind !== 'block') return [];
          const description = attributeOf(input.body, 'description')?.expression;
          return [[input.type, (description && literalText(description)) ?? ''] as const];
        }),
  );
}

/** The steps of a job that find something out: gets and puts, or tasks. */
function stepsOf(block: Block, root: 'get' | 'task'): { name: string; type?: string }[] {
  return block.body.items.flatMap((item) => {
    if (item.kind !== 'block') return [];
    const [first, second] = item.labels.map(({ value }) => value);
    const inside = stepsOf(item, root);
    if (root === 'task' && item.type === 'task' && first !== undefined) return [{ name: first }, ...inside];
    if (root === 'get' && (item.type === 'get' || item.type === 'put') && first !== undefined && second !== undefined) {
      return [{ name: second, type: first }, ...inside];
    }
    return inside;
  });
}
