/**
 * The repository that a pipeline's file is in. `get "git" "repository"` names it without anybody having to write where it is: on a server it is the repository
 * of the event, elsewhere the checkout that the file was read from.
 */
import type { Body } from '../hcl/syntax.ts';
import { placeOf } from './expressions.ts';
import { jobWord } from './job-words.ts';
import { labelRange } from './loading.ts';
import type { Resource } from './model.ts';
import type { TypedPart } from './typed-part.ts';

const [TYPE, NAME] = ['git', 'repository'];

/** What `repository` of a resource says until a server has put the repository's id in its place. */
export const THIS_REPOSITORY = 'this';

/** Undefined when no job names it, or the pipeline declares a resource, or a type, of that name itself. */
export function repositoryResource(
  part: Pick<TypedPart, 'blocks' | 'library'>,
  resources: ReadonlyMap<string, Resource>,
  url: string | undefined,
): Resource | undefined {
  const address = `${TYPE}.${NAME}`;
  if (resources.has(address)) return undefined;
  const use = part.blocks('job').flatMap(({ body }) => usesIn(body))[0];
  if (use === undefined) return undefined;
  const type = part.library.resource(TYPE, labelRange(use, 0));
  if (type?.type.builtin !== true) return undefined;
  return {
    address,
    type: TYPE,
    name: NAME,
    params: {
      ...type.defaults,
      url: { kind: 'known', value: url ?? '.' },
      submodules: { kind: 'known', value: true },
    },
    cache: type.type.cache,
    tags: [],
    repository: THIS_REPOSITORY,
    at: placeOf(use.headerRange),
  };
}

type Block = Extract<Body['items'][number], { kind: 'block' }>;

function usesIn(body: Body): Block[] {
  return body.items.flatMap((item) => {
    if (item.kind !== 'block') return [];
    const word = jobWord(item.type);
    const isUse =
      (word === 'get' || word === 'put') && item.labels[0]?.value === TYPE && item.labels[1]?.value === NAME;
    return isUse ? [item] : usesIn(item.body);
  });
}
