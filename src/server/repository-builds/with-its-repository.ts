import { CodedError } from '../../lib/coded-error.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import { THIS_REPOSITORY } from '../../pipeline/repository-resource.ts';
import type { RepositoryStore } from '../../store/repository-store.ts';
import { bindRepository } from './bind-repository.ts';

/**
 * For a pipeline that is set by hand, from its editor or the command line: `get "git" "repository"` is the repository that the pipeline is of. Throws
 * `api.bad_request` where it is of none.
 */
export async function withItsRepository(
  store: Pick<RepositoryStore, 'listRepositories'>,
  { team, name }: { readonly team: string; readonly name: string },
  model: Pipeline,
): Promise<Pipeline> {
  if (!model.resources.some(({ repository }) => repository === THIS_REPOSITORY)) return model;
  const of = model.instance?.of ?? name;
  const repository = (await store.listRepositories(team)).find((one) => one.active && one.pipeline === of);
  if (repository !== undefined)
    return bindRepository(model, repository, { kind: 'push', branch: repository.defaultBranch });
  throw new CodedError(
    'api.bad_request',
    `pipeline ${name} gets git.repository, and is of no repository that was activated`,
    {
      hint: 'activate the repository that the file is in, or declare where it is: resource "git" "repository" { params { url = "https://…" } }',
    },
  );
}
