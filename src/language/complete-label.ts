/** The labels of blocks: names of types, of resources, and of what is used but not declared yet. */
import type { SourceKind } from '../pipeline/source.ts';
import type { Completion } from './completion.ts';
import { escapeSnippet } from './completion.ts';
import type { Cursor, CursorPlace } from './cursor.ts';
import { describeTypeInfo } from './describe.ts';
import type { PipelineDocument } from './document.ts';
import { blockWithin, bodyAt, type LabelSchema } from './schema.ts';
import { type PipelineSymbol, symbolKey, TYPE_OF_LABEL } from './symbols.ts';

interface Name {
  readonly name: string;
  readonly detail?: string;
  readonly doc?: string;
}

export function completeLabel(
  document: PipelineDocument,
  cursor: Cursor,
  { block, quoted }: CursorPlace & { kind: 'label' },
): readonly Completion[] {
  const outer = bodyAt(cursor.blocks);
  const schema = outer && blockWithin(outer, block.type);
  if (schema === undefined) return [];
  const at = block.labels.length;
  const label = (schema.labels.length > at ? schema : schema.labelled)?.labels[at];
  if (label === undefined) return [];
  return namesFor(document, label, block).map(({ name, detail, doc }) => ({
    label: name,
    kind: label === 'resource' || label === 'notification' ? 'resource' : label === 'name' ? 'value' : 'type',
    ...(detail !== undefined && { detail }),
    ...(doc !== undefined && { doc }),
    insert: quoted ? escapeSnippet(name) : `"${escapeSnippet(name)}"`,
    span: cursor.span,
  }));
}

function namesFor(
  document: PipelineDocument,
  label: LabelSchema,
  block: { type: string; labels: readonly string[] },
): readonly Name[] {
  const kind = TYPE_OF_LABEL[label];
  if (kind !== undefined) {
    const names = ['get', 'put'].includes(block.type) ? nearbyNames(document, kind) : document.types.names(kind);
    return names.map((name) => {
      const type = document.types.find(kind, name);
      return {
        name,
        detail: type?.declared === undefined ? 'built in' : 'declared here',
        ...(type !== undefined && { doc: describeTypeInfo(type) }),
      };
    });
  }
  if (label === 'resource' || label === 'notification') {
    return document
      .topLevel(label)
      .filter(({ labels }) => labels[0]?.value === block.labels[0])
      .flatMap(({ labels }) => (labels[1] === undefined ? [] : [{ name: labels[1].value }]));
  }
  return undeclared(document, block);
}

/** Types that resources of this file have; all there are, when it has no resource yet. */
export function nearbyNames(document: PipelineDocument, kind: SourceKind): readonly string[] {
  const used =
    kind === 'resource_type' ? document.topLevel('resource').flatMap(({ labels }) => labels[0]?.value || []) : [];
  return used.length > 0 ? [...new Set(used)] : document.types.names(kind);
}

/** For a new name: those that are used and that nothing declares; for a type, the built-in ones. */
function undeclared(document: PipelineDocument, block: { type: string; labels: readonly string[] }): readonly Name[] {
  const { occurrences } = document;
  const declared = new Set(
    occurrences.flatMap(({ symbol, declaration }) => (declaration === undefined ? [] : [symbolKey(symbol)])),
  );
  const names = occurrences.flatMap(({ symbol }) =>
    isDeclaredBy(symbol, block) && !declared.has(symbolKey(symbol)) ? [symbol.name] : [],
  );
  return [...new Set(names)].map((name) => ({ name, detail: 'used, not declared' }));
}

function isDeclaredBy(symbol: PipelineSymbol, block: { type: string; labels: readonly string[] }): boolean {
  switch (symbol.kind) {
    case 'variable':
    case 'job':
      return symbol.kind === block.type;
    case 'resource':
    case 'notification':
      return symbol.kind === block.type && symbol.type === block.labels[0];
    case 'type':
      return symbol.of === block.type;
    default:
      return false;
  }
}
