/** Artifacts: what a job leaves, and what those after it find in the same places. */
import { Block } from '../hcl-block.ts';
import { Expression } from '../hcl-text.ts';
import { shellQuoted } from '../shell-text.ts';
import type { Source } from '../source.ts';
import type { GitlabJob } from './gitlab.ts';
import type { JobPlace } from './job.ts';
import { isForTags } from './rules.ts';
import { expand } from './values.ts';

const hasPaths = ({ source }: GitlabJob): boolean => source.entries.get('artifacts')?.entries.has('paths') === true;
const placeOf = (job: GitlabJob): string => `artifacts-${job.name}`;

/** The artifacts of all stages before, of the jobs it needs, or of those it depends on. */
export function getArtifacts(place: JobPlace): Block[] {
  const { job, pipeline, onTags } = place;
  const { source } = job;
  const dependencies = source.get('dependencies');
  const named = dependencies?.texts();
  const needs = source.entries.get('needs');
  const found = pipeline.jobs.filter((each) => {
    if (each === job || !hasPaths(each) || isForTags(each.source) !== onTags) return false;
    if (named !== undefined) return named.includes(each.theirName);
    if (needs !== undefined) return needs.elements().some((need) => isNeed(need, each.theirName));
    return pipeline.stages.indexOf(each.stage) < pipeline.stages.indexOf(job.stage);
  });
  return found.flatMap((each) => {
    const get = new Block('get', ['artifact', each.name]).set('passed', [each.name]);
    const task = new Block('task', [`place-${each.name}`]);
    task.block('run', 'shell').set('cmd', `cp -a ${shellQuoted(placeOf(each))}/. .`);
    return [get, task];
  });
}

function isNeed(need: Source, name: string): boolean {
  if (need.kind !== 'map') return need.scalar === name;
  return need.entries.get('job')?.scalar === name && need.entries.get('artifacts')?.scalar !== false;
}

export function putArtifacts(place: JobPlace, condition: string | undefined): Block[] {
  const { job, pipeline } = place;
  const artifacts = job.source.get('artifacts');
  if (artifacts === undefined) return [];
  const excluded = artifacts.textsOf('exclude').map((path) => expand(`!${path}`, place, true));
  const paths = artifacts
    .textsOf('paths')
    .map((path) => expand(path.replace(/^\$\{?CI_PROJECT_DIR\}?\//, '').replace(/^\.\//, ''), place, true));
  // How a page calls it; here it has the name of its job.
  artifacts.textOf('name');
  const when = artifacts.textOf('when') ?? 'on_success';
  if (paths.length === 0) return [];
  const resource = new Block('resource', ['artifact', job.name]);
  resource.block('params').set('name', placeOf(job));
  pipeline.artifacts.set(job.name, resource);
  const put = new Block('put', ['artifact', job.name]).set('paths', [...paths, ...excluded]).set('dir', '.');
  if (condition !== undefined) put.set('if', new Expression(condition));
  pipeline.conversion.leftovers(put, artifacts);
  if (when === 'on_success') return [put];
  return [new Block(when === 'always' ? 'ensure' : 'on_failure').add(put)];
}

export function readReports(source: Source, task: Block): void {
  const junit = source.get('artifacts')?.get('reports')?.textsOf('junit') ?? [];
  if (junit.length > 0) task.block('reports').set('junit', junit);
}
