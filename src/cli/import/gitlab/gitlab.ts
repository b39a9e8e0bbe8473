/** A `.gitlab-ci.yml`. */
import { Conversion, type Converted, type Hints, type Surroundings } from '../conversion.ts';
import { Block } from '../hcl-block.ts';
import { Names, nameOf } from '../names.ts';
import { type RepositoryHere, repositoryOf } from '../repository.ts';
import type { Source } from '../source.ts';
import { readIncludes } from './includes.ts';
import { convertJob } from './job.ts';
import { merged } from './merged.ts';
import { findTagPattern } from './rules.ts';

const HINTS: Hints = {
  workflow: ['what starts a pipeline is said by its resources', 'branches, tag or pr in params of the resource'],
  pages: ['there are no pages of GitLab', 'copy the site to where it is served'],
  coverage: ['a number in the log is not looked for', 'write it to $PIKOCI_SUMMARY'],
  environment: ['there are no environments', 'approve "NAME" {} in the job asks people first'],
  release: ['there are no releases of GitLab here', 'a task that calls its API, or a resource "github-release"'],
  trigger: ['a job does not start pipelines of others', 'there, a resource "trigger" watches a job of this one'],
  expire_in: ['artifacts are kept as long as their builds', 'retain { days = … } in the job'],
  expose_as: ['all artifacts of a build are on its page'],
  untracked: ['files are packed by their paths'],
  reports: ['of reports pikoci reads JUnit XML'],
  'rules.changes': ['a job is not started by files alone', 'paths in params of a resource of its own'],
  'rules.exists': ['whether a file is there is known when the job runs', 'test -e … in its script'],
  'cache.policy': ['a cache is kept when nothing had its key'],
  'cache.when': ['a cache is kept when the task ended well'],
  'cache.unprotect': ['a cache belongs to its pipeline'],
  inherit: ['all jobs have the defaults'],
  dast_configuration: ['it belongs to GitLab'],
  dependencies: ['artifacts come from the jobs that are waited for'],
  start_in: ['nothing is put off', 'a resource "cron", or approve "NAME" {}'],
  pull_policy: ['an image is fetched when it is not there'],
  docker: ['options of the container are args of the runner'],
  spec: ['a component has inputs', 'make a module of it: docs/modules.md'],
  hooks: ['there is no other script before the repository is fetched'],
  id_tokens: ['a task has one token', 'id_token { aud = "…" }, and $PIKOCI_ID_TOKEN'],
  options: ['nobody is asked for a variable', 'inputs of the job that needs it: docs/inputs.md'],
  'only.variables': ['a condition is one of the task', 'if = … of the task'],
  'except.variables': ['a condition is one of the task', 'if = … of the task'],
  'only.changes': ['a job is not started by files alone', 'paths in params of a resource of its own'],
  exit_codes: ['any exit code is allowed, or none'],
};

/** What the parts of one import share. */
export interface Pipeline {
  readonly conversion: Conversion;
  readonly root: Source;
  readonly repository: RepositoryHere;
  /** In the order of their stages, with what they extend and the defaults in them. */
  readonly jobs: readonly GitlabJob[];
  readonly stages: readonly string[];
  /** Of all jobs. */
  readonly globals: ReadonlyMap<string, Source>;
  /** Of the resource for tags; `undefined`: no job is about tags. */
  readonly tags: string | undefined;
  readonly artifacts: Map<string, Block>;
}

export interface GitlabJob {
  readonly theirName: string;
  readonly name: string;
  readonly stage: string;
  readonly source: Source;
}

/** Keys at the top that are no jobs. */
const WORDS: ReadonlySet<string> = new Set([
  ...['stages', 'variables', 'default', 'include', 'workflow', 'spec', 'image', 'services', 'cache'],
  ...['before_script', 'after_script', 'types'],
]);

export function convertGitlab(
  given: Source,
  surroundings: Surroundings,
): { readonly conversion: Conversion; readonly converted: Converted } {
  const conversion = new Conversion(given, surroundings, HINTS);
  const top = new Block('');
  const root = readIncludes(given, conversion, top);
  const repository = repositoryOf(conversion, top);
  const stages = ['.pre', ...stagesOf(root), '.post'];
  const names = new Names();
  const jobs = root.keys().flatMap((key): GitlabJob[] => {
    const source = root.entries.get(key);
    if (source?.kind !== 'map' || WORDS.has(key) || key.startsWith('.')) return [];
    root.isRead = true;
    const whole = merged(key, source, root, conversion, top);
    return [
      { theirName: key, name: names.unique(nameOf(key, 'job')), stage: whole.textOf('stage') ?? 'test', source: whole },
    ];
  });
  jobs.sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
  const variables = root.get('variables');
  const globals = new Map(
    (variables?.kind === 'map' ? variables.keys() : []).flatMap((key) =>
      [variables?.get(key)].flatMap((value) => (value === undefined ? [] : [[key, value] as const])),
    ),
  );
  const tags = findTagPattern(jobs.map(({ source }) => source));
  const pipeline: Pipeline = { conversion, root, repository, jobs, stages, globals, tags, artifacts: new Map() };
  const blocks = jobs.map((job) => convertJob(job, pipeline));
  for (const value of globals.values()) if (value.kind === 'map') conversion.leftovers(top, value);
  for (const [key, value] of root.entries) {
    if (key.startsWith('.') && !value.isUsedWithin())
      conversion.notConverted(top, value, 'it is a template that no job uses');
  }
  const resources = resourcesOf(pipeline, blocks);
  return { conversion, converted: { top, blocks: [...resources, ...pipeline.artifacts.values(), ...blocks] } };
}

function stagesOf(root: Source): string[] {
  const stages = root.textsOf('stages');
  return stages.length === 0 ? ['build', 'test', 'deploy'] : stages;
}

function resourcesOf({ repository, tags }: Pipeline, jobs: readonly Block[]): Block[] {
  const used = new Set(
    jobs.flatMap((job) => [...job.blocks()].filter(({ type }) => type === 'get').map(({ labels }) => labels.join('.'))),
  );
  const repo = new Block('resource', ['git', 'repo']);
  repo.block('params').set('url', repository.url).set('name', '.').set('branches', '**');
  const tagged = new Block('resource', ['git', 'tags']);
  tagged
    .block('params')
    .set('url', repository.url)
    .set('name', '.')
    .set('tag', tags ?? '**');
  return [repo, tagged].filter(({ labels }) => used.has(labels.join('.')));
}
