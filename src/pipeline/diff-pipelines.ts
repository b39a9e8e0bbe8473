/**
 * What setting one pipeline in place of another would create, change and delete. Pure: what there is of history, and which secret values changed,
 * only the server knows; it says the one itself and gives the other.
 *
 * Types that came with pikoci appear when something uses them; only a change of their text is told.
 */
import { contentsOf, diffOutlines, leavesOf } from './diff-outlines.ts';
import { hideMadeSecret } from './hide-made-secret.ts';
import type { Pipeline } from './model.ts';
import { ofModule } from './outline-modules.ts';
import { HIDDEN, outlinePipeline, type TopLevelBlock } from './outline-pipeline.ts';
import type { BlockChange, InnerChange } from './pipeline-diff.ts';

export interface DiffOptions {
  /** Names of sensitive variables that have another value, which neither model holds. */
  readonly changedSecrets?: ReadonlySet<string> | undefined;
}

/** `old` absent: the pipeline would be made. Changes come in the order of the new text's kinds, what goes last. */
export function diffPipelines(
  old: Pipeline | undefined,
  now: Pipeline,
  { changedSecrets = new Set() }: DiffOptions = {},
): BlockChange[] {
  const before = keyed(old === undefined ? [] : outlinePipeline(old));
  const after = keyed(outlinePipeline(now));
  const created = [...after].flatMap(([key, block]) => (before.has(key) || block.builtin ? [] : [block]));
  const deleted = [...before].flatMap(([key, block]) => (after.has(key) || block.builtin ? [] : [block]));
  const alike = findAlike(created, deleted);

  const changes: BlockChange[] = created.map((block) => ({
    action: 'create',
    ...namesOf(block),
    contents: contentsOf(block.outline),
    like: alike.get(block)?.outline.header,
  }));
  for (const [key, block] of after) {
    const was = before.get(key);
    if (was === undefined) continue;
    const inner = diffOutlines(was.outline, block.outline);
    const sealed = block.type === 'variable' && block.outline.attributes.get('value')?.sensitive === true;
    if (sealed && changedSecrets.has(block.name) && inner.length === 0) inner.push(anotherSecret('value'));
    if (block.type === 'module') inner.push(...secretInputs(block.name, changedSecrets).map(anotherSecret));
    if (inner.length === 0) continue;
    changes.push({
      action: 'update',
      ...namesOf(block),
      builtin: block.builtin && was.builtin,
      changes: inner,
      // The same rule as the store's: another type has another address, so it is about the parameters.
      forgets:
        block.type === 'resource' &&
        inner.some((change) => change.inside[0] === 'params' || (change.kind === 'block' && change.block === 'params')),
    });
  }
  for (const block of deleted) {
    changes.push({ action: 'delete', ...namesOf(block), contents: contentsOf(block.outline) });
  }
  return old === undefined ? changes : hideMadeSecret(changes, old, now);
}

const anotherSecret = (name: string): InnerChange => ({
  kind: 'attribute',
  inside: [],
  name,
  old: HIDDEN,
  new: HIDDEN,
});

/** Inputs of a module among the variables of the plan that have another secret value. */
function secretInputs(module: string, changed: ReadonlySet<string>): string[] {
  const inputs = [...changed].flatMap((name) => ofModule(name) ?? []);
  return inputs.filter(({ path }) => path.join('--') === module).map(({ name }) => name);
}

const keyed = (blocks: readonly TopLevelBlock[]): Map<string, TopLevelBlock> =>
  new Map(blocks.map((block) => [`${block.type} ${block.name}`, block]));

const namesOf = ({ type, name, outline }: TopLevelBlock) => ({ type, name, block: outline.header });

/** Only these have a history that a new name would leave behind. */
const WITH_HISTORY: ReadonlySet<string> = new Set(['job', 'resource']);
const ALIKE = 0.6;
/** Above this only equal ones are looked for: each with each would take too long. */
const MOST_PAIRS = 2_500;

/** Of each new block, the old one of its kind that it has most in common with, if that is enough; each old one once. */
function findAlike(
  created: readonly TopLevelBlock[],
  deleted: readonly TopLevelBlock[],
): ReadonlyMap<TopLevelBlock, TopLevelBlock> {
  const alike = new Map<TopLevelBlock, TopLevelBlock>();
  const leaves = new Map<TopLevelBlock, ReadonlySet<string>>();
  const leavesFor = (block: TopLevelBlock): ReadonlySet<string> => {
    const found = leaves.get(block) ?? new Set(leavesOf(block.outline));
    leaves.set(block, found);
    return found;
  };
  const [news, olds] = [created, deleted].map((blocks) =>
    blocks.filter((block) => WITH_HISTORY.has(block.type) && leavesFor(block).size > 0),
  );
  if (news === undefined || olds === undefined) return alike;

  const textOf = (block: TopLevelBlock): string => JSON.stringify([block.type, ...leavesFor(block)]);
  const left = new Map<string, TopLevelBlock[]>();
  for (const block of olds) left.set(textOf(block), [...(left.get(textOf(block)) ?? []), block]);
  for (const block of news) {
    const same = left.get(textOf(block))?.shift();
    if (same !== undefined) alike.set(block, same);
  }

  const taken = new Set(alike.values());
  const restNew = news.filter((block) => !alike.has(block));
  const restOld = olds.filter((block) => !taken.has(block));
  if (restNew.length * restOld.length > MOST_PAIRS) return alike;
  const pairs = restNew
    .flatMap((now) =>
      restOld
        .filter((old) => old.type === now.type)
        .map((old) => ({ now, old, likeness: likeness(leavesFor(now), leavesFor(old)) })),
    )
    .filter((pair) => pair.likeness >= ALIKE)
    .sort((a, b) => b.likeness - a.likeness);
  for (const { now, old } of pairs) {
    if (alike.has(now) || taken.has(old)) continue;
    alike.set(now, old);
    taken.add(old);
  }
  return alike;
}

/** What both have, of what either has. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((leaf) => other.has(leaf)).length;
  return common / (one.size + other.size - common);
}
