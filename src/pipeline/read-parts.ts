/** The texts a pipeline is made of: its own, and those of its modules and theirs. Nothing is evaluated yet. */
import type { Block, Body } from '../hcl/syntax.ts';
import type { TextPlace } from './bundle-path.ts';
import { type Loading, labelRange } from './loading.ts';
import type { Names } from './names.ts';
import { resolveSource } from './resolve-source.ts';
import { SOURCE_KINDS } from './source.ts';

export const TOP_LEVEL = [
  ...['variable', 'locals', 'resource', 'job', 'notification', 'module', 'output'],
  ...SOURCE_KINDS,
] as const;

/** The blocks of one kind, in the order of the file. */
export type BlocksOf = (type: string) => readonly Block[];

/** One text: the pipeline's, or a module's for one call of it. */
export interface PipelinePart {
  readonly place: TextPlace;
  readonly blocks: BlocksOf;
  readonly calls: readonly ModuleCall[];
}

export interface ModuleCall {
  readonly name: string;
  readonly block: Block;
  /** Undefined when the text could not be had; that was reported. */
  readonly part: PipelinePart | undefined;
}

/** Where a module is called, in words: `module "go" (p.hcl, line 3)`. */
export function describeCall(name: string, block: Block): string {
  return `module "${name}" (${block.headerRange.file}, line ${block.headerRange.start.line})`;
}

const MOST_DEPTH = 10;
const MOST_CALLS = 500;

export async function readParts(file: string, text: string, loading: Loading): Promise<PipelinePart> {
  const bodies = new Map<string, Body>();
  let calls = 0;

  const readPart = async (name: string, content: string, place: TextPlace, chain: readonly string[]) => {
    const body = bodies.get(name) ?? loading.parse(name, content);
    bodies.set(name, body);
    const reader = loading.reader(body, chain.length === 0 ? 'A pipeline' : 'A module');
    for (const type of TOP_LEVEL) reader.blocks(type);
    reader.finish();
    const part = { place, blocks: (type: string) => reader.blocksMeant(type), calls: [] as ModuleCall[] };
    const known = new Map<string, Block>();
    for (const block of part.blocks('module')) {
      const [called] = loading.labels(block, 'name') ?? [];
      if (called === undefined || !loading.isName(called, 'module', labelRange(block, 0))) continue;
      const first = known.get(called);
      if (first !== undefined) {
        const detail = `The module "${called}" is called on line ${first.range.start.line} already.`;
        loading.error('duplicate-name', 'Declared twice', detail, { subject: block.headerRange });
        continue;
      }
      known.set(called, block);
      const found = await readCalled(called, block, place, [...chain, name]);
      if (found === undefined) loading.everySourceFound = false;
      part.calls.push({ name: called, block, part: found });
    }
    return part;
  };

  const readCalled = async (
    called: string,
    block: Block,
    from: TextPlace,
    chain: readonly string[],
  ): Promise<PipelinePart | undefined> => {
    const reader = loading.reader(block.body, `module "${called}"`);
    const source = reader.attribute('source');
    const sha256 = reader.attribute('sha256');
    if (source === undefined) {
      const detail = `The module "${called}" needs a source: source = "./parts/${called}.hcl", or an address.`;
      loading.error('missing-attribute', 'Attribute missing', detail, { subject: block.headerRange });
      return undefined;
    }
    const address = loading.expressions.text(source, BEFORE_VALUES);
    const sum = loading.expressions.text(sha256, BEFORE_VALUES);
    if (address === undefined) return undefined;
    calls += 1;
    if (calls > MOST_CALLS) {
      // Said once: the next ones follow from it.
      if (calls > MOST_CALLS + 1) return undefined;
      const detail = `This pipeline calls more than ${MOST_CALLS} modules, those of its modules among them.`;
      loading.error('too-many-modules', 'Too many modules', detail, { subject: block.headerRange });
      return undefined;
    }
    const at = source.expression.range;
    const wanted = { kind: 'module', source: address, sha256: sum, at, sha256At: sha256?.expression.range } as const;
    const found = await resolveSource({ ...wanted, from }, loading);
    if (found === undefined) return undefined;
    const again = chain.indexOf(found.file);
    if (again >= 0) {
      const circle = [...chain.slice(again), found.file].join(' → ');
      const detail = `A module must not bring in itself, for that would never end: ${circle}.`;
      loading.error('circle', 'Modules in a circle', detail, { subject: at });
      return undefined;
    }
    if (chain.length > MOST_DEPTH) {
      const detail = `Modules may call modules ${MOST_DEPTH} deep; this is one more: ${[...chain, found.file].join(' → ')}.`;
      loading.error('too-deep', 'Modules too deep', detail, { subject: at });
      return undefined;
    }
    const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(found.file);
    const place: TextPlace = isAddress ? { kind: 'address', url: found.file } : { kind: 'file', path: found.file };
    using _ = loading.inModule(describeCall(called, block));
    return await readPart(found.file, found.text, place, chain);
  };

  return readPart(file, text, { kind: 'file', path: file }, []);
}

const TOO_EARLY =
  'The texts of modules are read before anything has a value, so where they come from is written out: source = "./parts/go.hcl".';
const BEFORE_VALUES: Names = {
  scope: { variables: new Map(), functions: new Map() },
  sensitive: new Set(),
  elsewhere: Object.fromEntries(
    ['var', 'local', 'each', 'module', 'build', 'get', 'task', 'input'].map((root) => [root, TOO_EARLY]),
  ),
};
