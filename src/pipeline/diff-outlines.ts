/**
 * What changed inside a block, from two outlines of it:
 *
 * 1. Attributes are compared by name.
 * 2. Blocks inside are the same when their headers are; of several with one header the first is the first, and so on.
 * 3. What is on both sides is compared in turn; if it stands in another order, that is a change too.
 */

import type { OutlineBlock, OutlineValue } from './outline.ts';
import { HIDDEN } from './outline-pipeline.ts';
import type { InnerChange } from './pipeline-diff.ts';

export function diffOutlines(old: OutlineBlock, now: OutlineBlock, inside: readonly string[] = []): InnerChange[] {
  const changes: InnerChange[] = [];
  const within = [...inside];
  for (const [name, value] of now.attributes) {
    const before = old.attributes.get(name);
    if (before?.text === value.text && before.sensitive === value.sensitive) continue;
    changes.push({ kind: 'attribute', inside: within, name, ...shown(before, value) });
  }
  for (const [name, value] of old.attributes) {
    if (!now.attributes.has(name)) changes.push({ kind: 'attribute', inside: within, name, old: value.text });
  }

  const [before, after] = [byKey(old.blocks), byKey(now.blocks)];
  for (const [key, block] of after) {
    const same = before.get(key);
    if (same !== undefined) changes.push(...diffOutlines(same, block, [...inside, block.header]));
    else
      changes.push({
        kind: 'block',
        inside: within,
        action: 'create',
        block: block.header,
        contents: contentsOf(block),
      });
  }
  for (const [key, block] of before) {
    if (after.has(key)) continue;
    changes.push({ kind: 'block', inside: within, action: 'delete', block: block.header, contents: contentsOf(block) });
  }
  const [oldOrder, newOrder] = [
    [...before].filter(([key]) => after.has(key)),
    [...after].filter(([key]) => before.has(key)),
  ];
  if (oldOrder.some(([key], index) => key !== newOrder[index]?.[0])) {
    const headers = (order: readonly [string, OutlineBlock][]): string[] => order.map(([, block]) => block.header);
    changes.push({ kind: 'order', inside: within, old: headers(oldOrder), new: headers(newOrder) });
  }
  return changes;
}

/** A value that stood in the open, and now is secret or was before, is not shown: it may be the very secret. */
function shown(old: OutlineValue | undefined, now: OutlineValue): { old?: string; new: string } {
  const text = (value: OutlineValue, other: OutlineValue | undefined): string =>
    other?.sensitive === true && !value.sensitive ? HIDDEN : value.text;
  return { ...(old !== undefined && { old: text(old, now) }), new: text(now, old) };
}

function byKey(blocks: readonly OutlineBlock[]): Map<string, OutlineBlock> {
  const keyed = new Map<string, OutlineBlock>();
  const counts = new Map<string, number>();
  for (const block of blocks) {
    const count = (counts.get(block.header) ?? 0) + 1;
    counts.set(block.header, count);
    keyed.set(`${block.header} #${count}`, block);
  }
  return keyed;
}

/** A block in a few lines: its attributes, and its blocks by their headers (a command with its attributes, for that is what it is about). */
export function contentsOf(block: OutlineBlock): string[] {
  return [
    ...[...block.attributes].map(([name, { text }]) => `${name} = ${text}`),
    ...block.blocks.map(
      (inner) => `${inner.header}${[...inner.attributes.keys()].length > 0 ? ` { ${attributesOf(inner)} }` : ''}`,
    ),
  ];
}

const LONGEST = 100;

function attributesOf(block: OutlineBlock): string {
  const text = [...block.attributes].map(([name, value]) => `${name} = ${value.text}`).join(', ');
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** Every attribute of a block, with where it stands: two blocks that have most of them in common are much alike. */
export function* leavesOf(block: OutlineBlock, prefix = ''): Generator<string> {
  for (const [name, { text }] of block.attributes) yield `${prefix}${name}=${text}`;
  for (const [key, inner] of byKey(block.blocks)) {
    yield `${prefix}${key}`;
    yield* leavesOf(inner, `${prefix}${key}/`);
  }
}
