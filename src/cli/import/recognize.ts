/** Which system a file is of. */
import type { Source } from './source.ts';

export const KINDS = ['concourse', 'github-actions', 'gitlab'] as const;
export type Kind = (typeof KINDS)[number];

export const TITLES: Readonly<Record<Kind, string>> = {
  concourse: 'a pipeline of Concourse',
  'github-actions': 'a workflow of GitHub Actions',
  gitlab: 'a .gitlab-ci.yml',
};

/** `another`: of a system that is known by its look alone. `undefined`: of none. */
export function recognize(root: Source): Kind | { readonly another: string } | undefined {
  const jobs = root.entries.get('jobs');
  if (jobs?.kind === 'list' || root.has('resources') || root.has('resource_types')) return 'concourse';
  const inJobs = jobs?.kind === 'map' ? [...jobs.entries.values()] : [];
  if (root.has('version') && (root.has('workflows') || root.has('orbs'))) return { another: 'CircleCI' };
  if (inJobs.some((job) => job.has('docker') || job.has('machine')) && !root.has('on')) return { another: 'CircleCI' };
  if (jobs?.kind === 'map') return 'github-actions';
  if (root.has('runs') && root.has('name')) return { another: 'GitHub Actions, but an action and no workflow' };
  if (root.has('pipelines') && root.entries.get('pipelines')?.kind === 'map') return { another: 'Bitbucket' };
  if (root.has('services') && root.keys().every((key) => COMPOSE.has(key) || key.startsWith('x-'))) {
    return { another: 'docker compose' };
  }
  if (root.has('steps') && [...(root.entries.get('steps')?.items ?? [])].some((step) => step.has('command'))) {
    return { another: 'Buildkite' };
  }
  if (root.has('trigger') && (root.has('pool') || root.has('steps'))) return { another: 'Azure Pipelines' };
  if (root.has('language') && root.has('script')) return { another: 'Travis CI' };
  if (GITLAB.some((key) => root.has(key))) return 'gitlab';
  const maps = [...root.entries.values()].filter(({ kind }) => kind === 'map');
  if (maps.some((job) => JOB.some((key) => job.has(key)))) return 'gitlab';
  return undefined;
}

const COMPOSE = new Set(['version', 'name', 'services', 'volumes', 'networks', 'configs', 'secrets']);
const GITLAB = ['stages', 'include', 'default', 'workflow', 'before_script'];
const JOB = ['script', 'extends', 'trigger', 'run'];
