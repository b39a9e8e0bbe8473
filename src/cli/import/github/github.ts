/** A workflow of GitHub Actions. */
import { Conversion, type Converted, type Hints, type Surroundings } from '../conversion.ts';
import { Block } from '../hcl-block.ts';
import type { HclValue } from '../hcl-text.ts';
import { Names, nameOf } from '../names.ts';
import type { Source } from '../source.ts';
import { Artifacts } from './artifacts.ts';
import { convertJob } from './job.ts';
import { readTriggers, type Triggers } from './triggers.ts';

const ACTION_HINT = 'say with a task what the action does';
const HINTS: Hints = {
  permissions: ['there is no token of GitHub here', 'put one that may do it into a secret'],
  'run-name': ['builds have numbers'],
  outputs: ['what a job finds out does not go to other jobs', 'hand it on as a file: put and get of an artifact'],
  environment: ['there are no environments', 'approve "NAME" {} in the job asks people first'],
  'fail-fast': ['each combination is a job of its own, and they do not stop each other'],
  'max-parallel': ['each combination is a job of its own', 'serial_groups or concurrency limit them'],
  'retention-days': ['artifacts are kept as long as their builds', 'retain { days = … } in the job'],
  'compression-level': ['pikoci packs as it does'],
  'if-no-files-found': ['a path that matches nothing fails the step'],
  'persist-credentials': ['credentials never stay in the directory of a build'],
  lfs: ['Git LFS is not fetched'],
  'with.path': ['the repository is at the top of the build'],
  uses: ['pikoci runs commands, and no actions', ACTION_HINT],
  types: ['a build is not told what happened, only which commit there is'],
  'push.paths': ['what begins with ! is not taken away from paths', 'ignore_paths = ["…"] in params of the resource'],
  env: ['no command here could use it'],
  platforms: ['an image is built for the machine of the worker'],
  snapshot: ['there are no images of workers'],
};

/** What the parts of one import share. */
export interface Workflow {
  readonly conversion: Conversion;
  readonly root: Source;
  readonly triggers: Triggers;
  readonly artifacts: Artifacts;
  /** Their id of a job to our name. */
  readonly names: ReadonlyMap<string, string>;
  readonly jobs: ReadonlyMap<string, Source>;
  /** Params of the resource that releases go to; empty: none do. */
  readonly releases: Map<string, HclValue>;
}

export function convertGithub(
  root: Source,
  surroundings: Surroundings,
): { readonly conversion: Conversion; readonly converted: Converted } {
  const conversion = new Conversion(root, surroundings, HINTS);
  const top = new Block('');
  const title = root.textOf('name');
  if (title !== undefined) top.comment(title);
  const jobs = new Map<string, Source>();
  const names = new Map<string, string>();
  const taken = new Names();
  const source = root.get('jobs');
  for (const id of source?.keys() ?? []) {
    const job = source?.get(id);
    if (job?.kind !== 'map') continue;
    jobs.set(id, job);
    names.set(id, taken.unique(nameOf(id, 'job')));
  }
  const triggers = readTriggers(root, conversion, top);
  const artifacts = new Artifacts(jobs, names);
  const workflow: Workflow = { conversion, root, triggers, artifacts, names, jobs, releases: new Map() };
  const blocks = [...jobs].map(([id, job]) => convertJob(id, job, workflow));
  const asked = new Set(blocks.flatMap((block) => [...block.blocks()]));
  for (const { block, source: input } of triggers.inputs.values()) {
    if (input !== undefined && !asked.has(block)) conversion.notConverted(top, input, 'no step uses it');
  }
  return {
    conversion,
    converted: { top, blocks: [...triggers.blocks(blocks), ...artifacts.blocks(), ...releases(workflow), ...blocks] },
  };
}

function releases({ releases: params, triggers }: Workflow): Block[] {
  if (params.size === 0) return [];
  const block = new Block('resource', ['github-release', 'release']);
  const inner = block.block('params').set('repository', triggers.repository);
  for (const [name, value] of params) inner.set(name, value);
  return [block];
}
