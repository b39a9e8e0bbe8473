/** Puts the repository of an event in the place of what a pipeline calls it: its versions come with events, and it is cloned with a token that a worker asks for. */
import type { Pipeline, Resource } from '../../pipeline/model.ts';
import type { PlanScope } from '../../pipeline/plan.ts';
import type { PlanTypes } from '../../pipeline/plan-types.ts';
import type { PlanValue } from '../../pipeline/plan-value.ts';
import { allSteps } from '../../pipeline/plan-walk.ts';
import { THIS_REPOSITORY } from '../../pipeline/repository-resource.ts';
import type { BuildEvent } from '../../protocol/build-event.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';

/** Neither can be written in a pipeline: a variable and a type are called by words. */
const [VARIABLE, TYPE] = ['clone token', 'clone token'];

/** With any of these a resource is about something else than the commit of an event, and is checked as ever. */
const OTHERWISE = ['branches', 'tag', 'pr', 'paths', 'ignore_paths'];

export function bindRepository(
  model: Pipeline,
  repository: RepositoryRecord,
  event: Pick<BuildEvent, 'branch' | 'kind'>,
): Pipeline {
  const ours = isOurs(model.types);
  const resources = model.resources.map((resource) =>
    resource.repository !== undefined || (ours && isThis(resource, repository, event))
      ? bound(resource, repository, ours && !isPushed(model, resource))
      : resource,
  );
  if (!resources.some(({ params }) => params.token === CLONE_TOKEN)) return { ...model, resources };
  return { ...model, resources, scope: withVariable(model.scope, repository), types: withType(model.types) };
}

export const boundResources = (model: Pipeline): readonly Resource[] =>
  model.resources.filter(({ repository }) => repository !== undefined && repository !== THIS_REPOSITORY);

/**
 * Whether what is called git is the built-in type, run by the built-in runner: whatever stands between would be given the token. A pipeline may declare a type or a
 * runner of any name itself.
 */
function isOurs({ resources, runners }: PlanTypes): boolean {
  const git = resources.git;
  const runner = git?.pull === undefined ? undefined : runners[git.pull.runner];
  return git?.builtin === true && git.pull?.through === undefined && runner?.builtin === true;
}

function isThis(resource: Resource, repository: RepositoryRecord, event: Pick<BuildEvent, 'branch' | 'kind'>): boolean {
  if (resource.type !== 'git' || OTHERWISE.some((name) => name in resource.params)) return false;
  const { url, branch } = resource.params;
  if (url?.kind !== 'known' || typeof url.value !== 'string') return false;
  const wantsBranch = branch?.kind === 'known' && branch.value !== null ? String(branch.value) : undefined;
  if (branch !== undefined && wantsBranch === undefined) return false;
  if (wantsBranch !== undefined && (event.kind !== 'push' || wantsBranch !== event.branch)) return false;
  return addressOf(url.value) === addressOf(repository.cloneUrl);
}

/** One text for all ways to write where a repository is: `https://host/a/b.git`, `git@host:a/b`. */
export function addressOf(url: string): string {
  const ssh = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)(.+)$/.exec(url);
  const text = ssh === null ? url : `ssh://${ssh[1]}/${ssh[2]}`;
  if (!URL.canParse(text)) return url;
  const { hostname, port, pathname, protocol } = new URL(text);
  const isUsual = protocol === 'ssh:' || port === '';
  const path = pathname
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .toLowerCase();
  return `${hostname}${isUsual ? '' : `:${port}`}${path}`;
}

const CLONE_TOKEN: PlanValue = {
  kind: 'deferred',
  expression: `var["${VARIABLE}"]`,
  needs: [`var.${VARIABLE}`],
  at: { file: 'pikoci', line: 1, column: 1 },
  sensitive: true,
};

/** What a pipeline pushes, it pushes by its own token: that of who activated the repository may do more than its authors. */
const isPushed = ({ jobs }: Pipeline, { address }: Resource): boolean =>
  jobs.some(({ steps, hooks }) =>
    [...allSteps(steps, hooks)].some((step) => step.kind === 'put' && step.resource === address),
  );

function bound(resource: Resource, { id, cloneUrl, private: isPrivate }: RepositoryRecord, mayAsk: boolean): Resource {
  const { params } = resource;
  const own = params.token !== undefined || params.private_key !== undefined;
  const asked = isPrivate && !own && mayAsk;
  return {
    ...resource,
    repository: id,
    params: {
      ...params,
      // The token goes where the forge says the repository is, however the pipeline writes it, and to no other repository of that forge.
      ...((asked || resource.repository === THIS_REPOSITORY) && { url: { kind: 'known', value: cloneUrl } }),
      ...(asked && { token: CLONE_TOKEN, token_scope: { kind: 'known', value: 'repository' } }),
    },
  };
}

const withVariable = (scope: PlanScope, { id }: RepositoryRecord): PlanScope => ({
  ...scope,
  variables: {
    ...scope.variables,
    [VARIABLE]: { kind: 'secret', type: TYPE, params: { path: { kind: 'known', value: id } }, at: CLONE_TOKEN_AT },
  },
});

const CLONE_TOKEN_AT = { file: 'pikoci', line: 1, column: 1 };

const withType = (types: PlanTypes): PlanTypes => ({
  ...types,
  secrets: {
    ...types.secrets,
    [TYPE]: { name: TYPE, builtin: true, params: ['path'], config: {}, server: 'clone_token' },
  },
});
