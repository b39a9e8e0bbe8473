/** What a name stands for, in Markdown. */
import type { Attribute, Block, Expression } from '../hcl/syntax.ts';
import { assertNever } from '../lib/assert-never.ts';
import { blockHeader, code, describeTypeInfo } from './describe.ts';
import type { PipelineDocument } from './document.ts';
import { attributeOf, textOf } from './literals.ts';
import { declaredInModule } from './modules.ts';
import { spanOf } from './span.ts';
import { type PipelineSymbol, symbolKey } from './symbols.ts';

/** More lines than this of an expression say less. */
const MOST_LINES = 12;

export function describeSymbol(document: PipelineDocument, symbol: PipelineSymbol): string | undefined {
  switch (symbol.kind) {
    case 'variable': {
      const block = declaringBlock(document, symbol);
      return block && describeVariable(block, document);
    }
    case 'local': {
      const found = declarationOf(document, symbol);
      return found?.kind === 'attribute' ? describeLocal(document, found) : undefined;
    }
    case 'resource':
      return describeResource(document, symbol.type, symbol.name);
    case 'notification': {
      const block = declaringBlock(document, symbol);
      return block && code(written(document, block));
    }
    case 'module':
    case 'output': {
      const block = declaringBlock(document, symbol);
      return block && code(written(document, block));
    }
    case 'module input':
    case 'module output': {
      const block = declaredInModule(document, symbol);
      if (block === undefined) return undefined;
      const about = textOf(block.body, 'description');
      return symbol.kind === 'module input'
        ? describeVariable(block)
        : [code(`output "${symbol.name}"`), about].filter((text) => text !== undefined).join('\n\n');
    }
    case 'job': {
      const block = declaringBlock(document, symbol);
      return block && describeJob(block);
    }
    case 'task': {
      const block = declaringBlock(document, symbol);
      return block && code(written(document, block));
    }
    case 'type': {
      const type = document.types.find(symbol.of, symbol.name);
      return type && describeTypeInfo(type);
    }
    default:
      return assertNever(symbol);
  }
}

/** What declares a symbol: the first, where there are several. */
export function declarationOf(document: PipelineDocument, symbol: PipelineSymbol): Block | Attribute | undefined {
  const key = symbolKey(symbol);
  return document.occurrences.find(
    (occurrence) => occurrence.declaration !== undefined && symbolKey(occurrence.symbol) === key,
  )?.declaration;
}

function declaringBlock(document: PipelineDocument, symbol: PipelineSymbol): Block | undefined {
  const found = declarationOf(document, symbol);
  return found?.kind === 'block' ? found : undefined;
}

export function describeVariable(block: Block, document?: PipelineDocument): string {
  const { body } = block;
  const type = attributeOf(body, 'type');
  const fallback = attributeOf(body, 'default');
  const secret = body.items.find((item): item is Block => item.kind === 'block' && item.type === 'secret');
  const lines = [
    `variable "${block.labels[0]?.value ?? ''}"`,
    ...(document !== undefined && type !== undefined ? [`type    = ${written(document, type.expression)}`] : []),
    ...(document !== undefined && fallback !== undefined
      ? [`default = ${written(document, fallback.expression)}`]
      : []),
  ];
  const facts = [
    textOf(body, 'description'),
    secret === undefined ? undefined : `A secret, from \`${secret.labels[0]?.value ?? ''}\`.`,
    fallback === undefined && secret === undefined ? 'It has no default: a value must be given.' : undefined,
  ];
  return [code(lines.join('\n')), ...facts.filter((fact) => fact !== undefined)].join('\n\n');
}

export function describeLocal(document: PipelineDocument, { name, expression }: Attribute): string {
  return code(`local.${name} = ${written(document, expression)}`);
}

export function describeResource(document: PipelineDocument, type: string, name: string): string {
  const block = document
    .topLevel('resource')
    .find(({ labels }) => labels[0]?.value === type && labels[1]?.value === name);
  const about = document.types.find('resource_type', type)?.doc ?? '';
  const text = block === undefined ? `resource "${type}" "${name}"` : written(document, block);
  return about === '' ? code(text) : `${code(text)}\n\n${about}`;
}

function describeJob(block: Block): string {
  const steps: string[] = [];
  const visit = (items: Block['body']['items'], depth: number): void => {
    for (const item of items) {
      if (
        item.kind !== 'block' ||
        !['get', 'put', 'task', 'notify', 'set_pipeline', 'service', 'in_parallel'].includes(item.type)
      )
        continue;
      steps.push(
        `${'  '.repeat(depth)}- \`${blockHeader(
          item.type,
          item.labels.map(({ value }) => value),
        )}\``,
      );
      if (item.type === 'in_parallel') visit(item.body.items, depth + 1);
    }
  };
  visit(block.body.items, 0);
  return [code(`job "${block.labels[0]?.value ?? ''}"`), steps.join('\n')].filter(Boolean).join('\n\n');
}

/** As it is written, without the indentation of its place; long ones are cut. */
function written(document: PipelineDocument, node: Expression | Block): string {
  const { from, to } = spanOf(node.range);
  const indentation =
    /[ \t]*$/.exec(document.text.slice(document.text.lastIndexOf('\n', from - 1) + 1, from))?.[0] ?? '';
  const lines = document.text
    .slice(from, to)
    .split('\n')
    .map((line) => (line.startsWith(indentation) ? line.slice(indentation.length) : line));
  return lines.length <= MOST_LINES ? lines.join('\n') : [...lines.slice(0, MOST_LINES - 1), '…'].join('\n');
}
