/** Which type says what the parameters of a body are. */
import { SOURCE_KINDS, type SourceKind } from '../pipeline/source.ts';
import { type BodyName, blockWithin, bodyAt, bodySchema } from './schema.ts';
import { TYPE_OF_LABEL } from './symbols.ts';
import type { TypeInfo } from './type-info.ts';
import type { TypesInScope } from './types-in-scope.ts';

interface Named {
  readonly type: string;
  readonly labels: readonly string[];
}

/** The type whose parameters may stand in the innermost of these blocks, as attributes or (`inMap`) in its map `params`. */
export function typeOfParameters(types: TypesInScope, blocks: readonly Named[], inMap = false): TypeInfo | undefined {
  const body = bodyAt(blocks);
  const last = blocks.at(-1);
  if (body === undefined || last === undefined) return undefined;
  const around = blocks.slice(0, -1);
  switch (inMap ? parametersOfMap(body) : bodySchema(body).parameters) {
    case 'of its type':
      return typeOfLabel(types, around, last);
    case 'of its step': {
      const type = typeOfLabel(types, around, last);
      return type && { ...type, params: type.stepParams };
    }
    case 'of the type around':
      return typeOfLabel(types, around.slice(0, -1), around.at(-1));
    case 'of itself': {
      const kind = SOURCE_KINDS.find((candidate) => candidate === last.type);
      return kind && types.find(kind, last.labels[0] ?? '');
    }
    default:
      return undefined;
  }
}

/** `params = { … }` takes what the block of that name would. */
function parametersOfMap(body: BodyName): 'of its type' | undefined {
  return bodySchema(body).blocks.params?.body === 'params' ? 'of its type' : undefined;
}

function typeOfLabel(types: TypesInScope, outer: readonly Named[], block: Named | undefined): TypeInfo | undefined {
  const body = bodyAt(outer);
  const [name] = block?.labels ?? [];
  if (body === undefined || block === undefined || name === undefined) return undefined;
  const schema = blockWithin(body, block.type);
  const kind = kindOf((schema?.labelled ?? schema)?.labels[0]);
  return kind && types.find(kind, name);
}

const kindOf = (label: keyof typeof TYPE_OF_LABEL | undefined): SourceKind | undefined => label && TYPE_OF_LABEL[label];
