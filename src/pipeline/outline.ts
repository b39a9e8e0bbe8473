/**
 * A pipeline as its text could look, from its model: blocks with attributes, each value as HCL writes it. For showing and comparing; it leaves out
 * where things stand, and what has its default value.
 */
import { fromJson } from '../hcl/value-json.ts';
import { writeDuration } from '../lib/duration.ts';
import type { Json } from '../lib/json.ts';
import { literalText } from './expression-text.ts';
import type { PlanValue } from './plan-value.ts';

export interface OutlineValue {
  readonly text: string;
  /** A secret or a sensitive variable is in it. The text is an expression then, never the value. */
  readonly sensitive: boolean;
}

export interface OutlineBlock {
  /** `task "unit"`. */
  readonly header: string;
  readonly attributes: ReadonlyMap<string, OutlineValue>;
  readonly blocks: readonly OutlineBlock[];
}

/** Attributes that are left out when they say nothing: absent, false, or empty. */
export type OutlineEntries = Readonly<Record<string, OutlineValue | undefined>>;

export function outlineBlock(
  header: string,
  entries: OutlineEntries,
  blocks: readonly (OutlineBlock | undefined)[] = [],
): OutlineBlock {
  const attributes = new Map<string, OutlineValue>();
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) attributes.set(name, value);
  return { header, attributes, blocks: blocks.filter((block) => block !== undefined) };
}

/** A block that is left out when nothing is in it. */
export function optionalBlock(
  header: string,
  entries: OutlineEntries,
  blocks: readonly (OutlineBlock | undefined)[] = [],
): OutlineBlock | undefined {
  const block = outlineBlock(header, entries, blocks);
  return block.attributes.size === 0 && block.blocks.length === 0 ? undefined : block;
}

export const header = (type: string, ...labels: readonly string[]): string =>
  [type, ...labels.map((label) => JSON.stringify(label))].join(' ');

/** A value that is shown unless it says nothing. */
export function given(value: Json | undefined): OutlineValue | undefined {
  if (value === undefined || value === false) return undefined;
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return undefined;
  return known(value);
}

export const known = (value: Json): OutlineValue => ({ text: jsonText(value), sensitive: false });

export const duration = (ms: number | undefined): OutlineValue | undefined =>
  ms === undefined ? undefined : known(writeDuration(ms));

export const planned = (value: PlanValue): OutlineValue =>
  value.kind === 'known' ? known(value.value) : { text: value.expression.trim(), sensitive: value.sensitive };

export function plannedEntries(values: Readonly<Record<string, PlanValue>>): OutlineEntries {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, planned(value)]));
}

/** Whatever this file has no word for: named as HCL would, so that no change of it goes unseen. */
export function otherEntries(rest: Readonly<Record<string, unknown>>): OutlineEntries {
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => {
      const hclName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const json: Json | undefined = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
      return typeof value === 'number' && name.endsWith('Ms')
        ? [hclName.slice(0, -3), duration(value)]
        : [hclName, given(json)];
    }),
  );
}

/** Text of several lines as a heredoc, everything else on one line. */
function jsonText(value: Json): string {
  if (typeof value !== 'string' || !value.includes('\n')) return literalText(fromJson(value));
  return value.endsWith('\n') ? `<<EOT\n${value}EOT` : `chomp(<<EOT\n${value}\nEOT\n)`;
}
