/** The block that a source holds. */
import { hasErrors } from '../hcl/diagnostic.ts';
import type { Attribute, Block, Body } from '../hcl/syntax.ts';
import type { Loading } from './loading.ts';
import { type ResolvedSource, SOURCE_KINDS, type SourceKind } from './source.ts';

/** A source holds one block of the kind asked for; its label may be anything, unless it was asked for by name. */
export function onlyBlock(
  kind: SourceKind,
  { file, text, name }: ResolvedSource,
  source: Attribute | undefined,
  loading: Loading,
): Block | undefined {
  const before = loading.diagnostics.length;
  const body = loading.parse(file, text);
  // A text with mistakes says what they are itself.
  if (hasErrors(loading.diagnostics.slice(before))) return undefined;
  const found = describeContents(body);
  const wrong = (detail: string): undefined => {
    loading.error('wrong-source', `Not the text of a ${noun(kind)}`, detail, {
      subject: source?.expression.range,
    });
  };
  const [only] = body.items;
  if (only?.kind !== 'block' || only.type !== kind || body.items.length > 1) {
    const other = SOURCE_KINDS.find((one) => body.items.length === 1 && only?.kind === 'block' && only.type === one);
    const use = other === undefined ? '' : ` What uses it is a block ${other} "…" { source = … }.`;
    return wrong(`${file} must hold one "${kind}" block and nothing else; it has ${found}.${use}`);
  }
  const [label] = loading.labels(only, 'name') ?? [];
  if (label === undefined) return undefined;
  if (name !== undefined && label !== name) return wrong(`${file} should declare "${name}"; it has ${found}.`);
  return only;
}

function describeContents({ items }: Body): string {
  const each = items.map((item) =>
    item.kind === 'block'
      ? `the block ${[item.type, ...item.labels.map(({ value }) => JSON.stringify(value))].join(' ')}`
      : `the attribute "${item.name}"`,
  );
  const more = each.length > MOST_NAMED ? [`${each.length - MOST_NAMED} more`] : [];
  return [...each.slice(0, MOST_NAMED), ...more].join(', ') || 'nothing';
}

const MOST_NAMED = 5;

export const noun = (kind: SourceKind): string => kind.replace('_', ' ');
