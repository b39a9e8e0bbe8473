/** Resources of Concourse, and what they are here: a resource, a notification, or nothing. */
import type { Conversion } from '../conversion.ts';
import { Block } from '../hcl-block.ts';
import type { HclValue } from '../hcl-text.ts';
import { Names, nameOf } from '../names.ts';
import type { Source } from '../source.ts';
import { type ResourceRule, ruleFor } from './resource-rules.ts';
import type { Vars } from './vars.ts';

export interface ResourceHere {
  readonly name: string;
  /** `undefined`: of a type that pikoci does not have. */
  readonly rule: ResourceRule | undefined;
  readonly theirType: string;
  /** Where a get puts it. */
  readonly directory: string;
  readonly block: Block;
  readonly params: Map<string, HclValue>;
}

export class Resources {
  readonly #all = new Map<string, ResourceHere>();

  add(theirName: string, resource: ResourceHere): void {
    this.#all.set(theirName, resource);
  }

  get(theirName: string): ResourceHere | undefined {
    return this.#all.get(theirName);
  }

  blocks(): Block[] {
    return [...this.#all.values()].map(({ block, params, rule }) => {
      if (params.size > 0 && rule !== undefined) {
        const inner = block.block('params');
        for (const [name, value] of params) inner.set(name, value);
      }
      return block;
    });
  }
}

export function findResources(root: Source, conversion: Conversion, vars: Vars, top: Block): Resources {
  const resources = new Resources();
  const types = findTypes(root);
  const aliases = findAliases(root);
  const names = new Names();
  for (const source of root.get('resources')?.elements() ?? []) {
    const theirName = source.textOf('name');
    const theirType = source.textOf('type');
    if (theirName === undefined || theirType === undefined) continue;
    const image = types.get(theirType)?.image ?? '';
    const rule = ruleFor(theirType, image);
    const name = names.unique(nameOf(theirName, 'resource'));
    const [alias = name, ...others] = aliases.get(theirName) ?? [];
    const directory = others.length === 0 ? alias : name;
    const block = rule === undefined ? new Block('') : new Block(rule.noun, [rule.type, name]);
    const params = new Map<string, HclValue>();
    resources.add(theirName, { name, rule, theirType, directory, block, params });
    if (rule === undefined) {
      const why = `pikoci has no resource type "${theirType}"`;
      const instead = 'write one (a check, a pull and a push command: docs/pipelines.md), then add its gets and puts';
      conversion.notConverted(block, source, why, instead);
      continue;
    }
    const config = source.get('source');
    rule.readSource({ source: config, params, block, vars, conversion });
    if (directory !== name && rule.noun === 'resource' && rule.type !== 'cron') params.set('name', directory);
    readCommon(source, block, vars);
    if (config !== undefined) conversion.leftovers(block, config, hasNone(rule));
    conversion.leftovers(block, source);
  }
  for (const [name, { source, image }] of types) {
    if (ruleFor(name, image) !== undefined) {
      for (const key of ['name', 'type']) source.textOf(key);
      for (const key of ['repository', 'tag']) source.get('source')?.textOf(key);
      conversion.leftovers(top, source, 'it is a built-in type of pikoci');
    } else
      conversion.notConverted(
        top,
        source,
        'types of Concourse are images that pikoci cannot run',
        'see docs/pipelines.md, Your own types',
      );
  }
  return resources;
}

const hasNone = ({ noun, type }: ResourceRule): string => `the ${noun} type "${type}" of pikoci has no such parameter`;

function readCommon(source: Source, block: Block, vars: Vars): void {
  const every = source.entries.get('check_every');
  if (every !== undefined && /^(\d+(\.\d+)?(h|m|s))+$/.test(every.written)) {
    const text = source.textOf('check_every');
    if (block.valueOf('check_interval') === undefined) block.set('check_interval', `@every ${text}`);
  }
  block.set(
    'tags',
    source.textsOf('tags').map((tag) => vars.fill(tag, { open: true })),
  );
  const version = source.get('version');
  if (version?.kind === 'map') block.set('version', vars.value(version, { open: true }));
}

function findTypes(root: Source): Map<string, { readonly source: Source; readonly image: string }> {
  const found = new Map<string, { readonly source: Source; readonly image: string }>();
  for (const source of root.get('resource_types')?.elements() ?? []) {
    const name = source.entries.get('name')?.scalar;
    const image = source.entries.get('source')?.entries.get('repository')?.scalar;
    if (typeof name === 'string') found.set(name, { source, image: typeof image === 'string' ? image : '' });
  }
  return found;
}

/** By what names the gets of each resource call it. */
function findAliases(root: Source): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const seen = new Set<Source>();
  const visit = (node: Source): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const get = node.entries.get('get')?.scalar;
    if (typeof get === 'string') {
      const resource = node.entries.get('resource')?.scalar;
      const of = typeof resource === 'string' ? resource : get;
      found.set(of, (found.get(of) ?? new Set()).add(nameOf(get, 'resource')));
    }
    for (const child of [...node.items, ...node.entries.values()]) visit(child);
  };
  const jobs = root.entries.get('jobs');
  if (jobs !== undefined) visit(jobs);
  return found;
}
