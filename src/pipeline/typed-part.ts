/** The parts of a pipeline with the types that each may use. */
import { expandBlock } from './expand-dynamic.ts';
import { type LoadedPart, noNames } from './load-part.ts';
import type { Loading } from './loading.ts';
import { NOT_IN_A_SOURCE } from './name-reasons.ts';
import type { PlanTypes } from './plan-types.ts';
import { SOURCE_KINDS } from './source.ts';
import { TypeLibrary } from './type-library.ts';

export interface TypedPart extends LoadedPart {
  readonly library: TypeLibrary;
  readonly modules: readonly TypedPart[];
}

/** A part, then its modules and theirs. */
export function* withModules(part: TypedPart): Generator<TypedPart> {
  yield part;
  for (const module of part.modules) yield* withModules(module);
}

/** Waits for the sources of types. */
export async function declareTypes(
  part: LoadedPart,
  parent: TypeLibrary | undefined,
  loading: Loading,
): Promise<TypedPart> {
  const foreign = { ...noNames(part.place, loading), elsewhere: NOT_IN_A_SOURCE };
  const library = new TypeLibrary(loading, {
    names: part.outside,
    foreign,
    place: part.place,
    path: part.path,
    parent,
  });
  const read = async (): Promise<void> => {
    using _ = loading.inModule(part.call);
    const blocks = SOURCE_KINDS.flatMap((kind) => part.blocks(kind));
    await library.declare(blocks.map((block) => expandBlock(block, part.outside, loading)));
    library.readDeclared();
  };
  await read();
  const modules: TypedPart[] = [];
  for (const module of part.modules) modules.push(await declareTypes(module, library, loading));
  return { ...part, library, modules };
}

export function collectTypes(parts: readonly TypedPart[]): PlanTypes {
  const all = parts.map(({ library }) => library.collected());
  return {
    runners: Object.assign({}, ...all.map(({ runners }) => runners)),
    resources: Object.assign({}, ...all.map(({ resources }) => resources)),
    services: Object.assign({}, ...all.map(({ services }) => services)),
    secrets: Object.assign({}, ...all.map(({ secrets }) => secrets)),
    notifications: Object.assign({}, ...all.map(({ notifications }) => notifications)),
  };
}
