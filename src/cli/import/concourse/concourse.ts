/** A pipeline of Concourse: resources, jobs and their plans have nearly the same meaning there. */
import { Conversion, type Converted, type Hints, type Surroundings } from '../conversion.ts';
import { Block } from '../hcl-block.ts';
import type { Source } from '../source.ts';
import { convertJob } from './job.ts';
import { findResources, type Resources } from './resources.ts';
import { Vars } from './vars.ts';

const HINTS: Hints = {
  groups: [
    'pikoci shows all jobs of a pipeline in one graph',
    'find a job by its name, or make pipelines of the groups',
  ],
  display: ['pikoci has no pictures behind its pages'],
  public: ['who sees a pipeline is decided for all of it', 'pikoci pipelines expose'],
  old_name: ['a job with another name is another job here, and begins with the newest versions'],
  disable_reruns: ['a build may always be tried again'],
  webhook_token: ['the page of a resource shows the address of its webhook'],
  icon: ['pikoci draws its own'],
  check_timeout: ['a check has the time that the server gives it'],
  expose_build_created_by: ['a command is not told who started the build'],
  unique_version_history: ['versions belong to the resource of the pipeline'],
  minimum_succeeded_builds: ['the newest build that passed is always kept'],
  var_files: ['values come from vars', 'put them into vars, or give them as defaults in the file that is set'],
  initial_version: ['a clock begins with its first check'],
  client_token: [
    'a token is no text of a pipeline',
    'give it to the workers as VAULT_TOKEN, or write token = var.… with a secret',
  ],
  cpu: ['shares are relative there', 'cpus = 1.5 is a number of processors'],
  team: ['a step sets pipelines of its own team'],
};

/** What the parts of one import share. */
export interface Concourse {
  readonly conversion: Conversion;
  readonly vars: Vars;
  readonly resources: Resources;
}

export function convertConcourse(
  root: Source,
  surroundings: Surroundings,
): { readonly conversion: Conversion; readonly converted: Converted } {
  const conversion = new Conversion(root, surroundings, HINTS);
  const top = new Block('');
  const vars = new Vars(conversion, root);
  const resources = findResources(root, conversion, vars, top);
  const concourse: Concourse = { conversion, vars, resources };
  const jobs = (root.get('jobs')?.elements() ?? []).filter(({ kind }) => kind === 'map');
  const blocks = jobs.map((job) => convertJob(job, concourse));
  return { conversion, converted: { top, blocks: [...vars.secretTypes(top), ...resources.blocks(), ...blocks] } };
}
