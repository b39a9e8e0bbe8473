/** What is in a file, as a tree: blocks, and the locals. */
import type { Block, Body } from '../hcl/syntax.ts';
import { blockHeader } from './describe.ts';
import { type Span, spanOf } from './span.ts';

export type OutlineKind =
  | 'job'
  | 'resource'
  | 'variable'
  | 'local'
  | 'type'
  | 'step'
  | 'hook'
  | 'notification'
  | 'other';

export interface OutlineItem {
  readonly name: string;
  readonly kind: OutlineKind;
  /** All of it, and what names it. */
  readonly whole: Span;
  readonly header: Span;
  readonly children: readonly OutlineItem[];
}

const KINDS: Readonly<Record<string, OutlineKind>> = {
  job: 'job',
  resource: 'resource',
  variable: 'variable',
  notification: 'notification',
  resource_type: 'type',
  runner_type: 'type',
  service_type: 'type',
  secret_type: 'type',
  notification_type: 'type',
  get: 'step',
  put: 'step',
  task: 'step',
  notify: 'step',
  service: 'step',
  in_parallel: 'step',
  on_success: 'hook',
  on_failure: 'hook',
  on_error: 'hook',
  on_cancel: 'hook',
  ensure: 'hook',
};

export const outlineOf = (body: Body): readonly OutlineItem[] =>
  body.items.flatMap((item) => (item.kind === 'block' ? [ofBlock(item)] : []));

function ofBlock(block: Block): OutlineItem {
  const locals =
    block.type === 'locals'
      ? block.body.items.flatMap((item): OutlineItem[] =>
          item.kind === 'attribute'
            ? [
                {
                  name: item.name,
                  kind: 'local',
                  whole: spanOf(item.range),
                  header: spanOf(item.nameRange),
                  children: [],
                },
              ]
            : [],
        )
      : [];
  return {
    name: blockHeader(
      block.type,
      block.labels.map(({ value }) => value),
    ),
    kind: KINDS[block.type] ?? 'other',
    whole: spanOf(block.range),
    header: spanOf(block.headerRange),
    children: [...locals, ...outlineOf(block.body)],
  };
}
