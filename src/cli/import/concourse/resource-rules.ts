/** What the types of Concourse are here, and what their parameters are called. */
import type { Conversion } from '../conversion.ts';
import type { Block } from '../hcl-block.ts';
import type { HclValue } from '../hcl-text.ts';
import { joinTexts } from '../hcl-text.ts';
import type { Source } from '../source.ts';
import { readSchedule } from './schedule.ts';
import type { Vars } from './vars.ts';

export interface ReadingSource {
  readonly source: Source | undefined;
  readonly params: Map<string, HclValue>;
  readonly block: Block;
  readonly vars: Vars;
  readonly conversion: Conversion;
}

/** Their name to ours. `!` before it: a secret may stand there. */
type Renaming = Readonly<Record<string, string>>;

export interface ResourceRule {
  readonly noun: 'resource' | 'notification';
  readonly type: string;
  readonly readSource: (reading: ReadingSource) => void;
  /** Of a get: what goes into `params` of the step. */
  readonly get: Renaming;
  /** Of a get: what belongs to the resource here. */
  readonly getOfResource?: Renaming;
  readonly put: Renaming;
}

const byName =
  (renaming: Renaming, more: (reading: ReadingSource) => void = () => undefined) =>
  (reading: ReadingSource): void => {
    rename(reading.source, renaming, reading.params, reading.vars);
    more(reading);
  };

/** Puts what it knows of `source` into `params`; the rest stays unread. */
export function rename(
  source: Source | undefined,
  renaming: Renaming,
  params: { set(name: string, value: HclValue): unknown },
  vars: Vars,
  locals?: Parameters<Vars['fill']>[1],
): void {
  for (const [theirs, ours] of Object.entries(renaming)) {
    const found = source?.get(theirs);
    if (found === undefined) continue;
    const hidden = ours.startsWith('!') || /\/\/[^/]*@/.test(found.written);
    params.set(ours.replace('!', ''), vars.value(found, { ...locals, open: !hidden }));
  }
}

const git: ResourceRule = {
  noun: 'resource',
  type: 'git',
  readSource: byName(
    {
      uri: 'url',
      branch: 'branch',
      private_key: '!private_key',
      username: '!username',
      password: '!token',
      paths: 'paths',
      ignore_paths: 'ignore_paths',
      tag_filter: 'tag',
    },
    ({ source, params, vars }) => {
      const regex = vars.text(source?.get('tag_regex'), { open: true });
      if (regex !== undefined) params.set('tag', joinTexts('/', regex, '/'));
      if (source?.flagOf('disable_ci_skip') === true) params.set('skip_ci', false);
      // A resource is of a branch or of tags.
      if (params.has('tag')) params.delete('branch');
    },
  ),
  get: {},
  getOfResource: { depth: 'depth', submodules: 'submodules' },
  put: { repository: 'directory', branch: 'branch', rebase: 'rebase', force: 'force', only_tag: 'only_tag' },
};

const pullRequests: ResourceRule = {
  ...git,
  readSource: byName(
    { access_token: '!token', paths: 'paths', ignore_paths: 'ignore_paths', base_branch: 'pr_base' },
    (reading) => {
      const { source, params, vars } = reading;
      const repository = vars.text(source?.get('repository'), { open: true }) ?? '';
      params.set('url', joinTexts('https://github.com/', repository, '.git')).set('pr', true);
      if (source?.flagOf('disable_forks') === false) params.set('pr_forks', true);
      if (source?.flagOf('disable_ci_skip') === true) params.set('skip_ci', false);
    },
  ),
  put: {},
};

const image: ResourceRule = {
  noun: 'resource',
  type: 'registry-image',
  readSource: byName(
    { repository: 'repository', tag: 'tag', username: '!username', password: '!password' },
    (reading) => {
      const tag = reading.params.get('tag');
      if (typeof tag === 'number')
        reading.params.set('tag', reading.source?.entries.get('tag')?.written ?? String(tag));
      if (reading.source?.flagOf('insecure') === true) reading.params.set('insecure', true);
    },
  ),
  get: { format: 'format', skip_download: 'skip_download' },
  put: { image: 'image', version: 'tag', tag_file: 'tag_file' },
};

const s3: ResourceRule = {
  noun: 'resource',
  type: 's3',
  readSource: byName({
    bucket: 'bucket',
    regexp: 'regexp',
    versioned_file: 'versioned_file',
    access_key_id: '!access_key_id',
    secret_access_key: '!secret_access_key',
    session_token: '!session_token',
    region_name: 'region',
    endpoint: 'endpoint',
  }),
  get: { skip_download: 'skip_download' },
  put: { file: 'file', acl: 'acl', content_type: 'content_type' },
};

const release: ResourceRule = {
  noun: 'resource',
  type: 'github-release',
  readSource: byName(
    {
      access_token: '!token',
      pre_release: 'pre_releases',
      drafts: 'drafts',
      github_api_url: 'api_url',
    },
    ({ source, params, vars }) => {
      const name = vars.text(source?.get('repository'), { open: true }) ?? '';
      const owner = vars.text(source?.get('owner') ?? source?.get('user'), { open: true }) ?? '';
      params.set('repository', joinTexts(owner, '/', name));
      const filter = vars.text(source?.get('tag_filter'), { open: true });
      if (filter !== undefined) params.set('tag', joinTexts('/', filter, '/'));
      const order = source?.textOf('order_by');
      if (order !== undefined) params.set('order', order === 'time' ? 'time' : 'semver');
      // What is a release and no pre-release is watched anyway.
      if (source?.flagOf('release') === false) params.set('pre_releases', true);
    },
  ),
  get: { globs: 'assets' },
  put: {
    tag: 'tag_file',
    name: 'title_file',
    body: 'body_file',
    globs: 'assets',
    generate_release_notes: 'generate_notes',
  },
};

const slack: ResourceRule = {
  noun: 'notification',
  type: 'slack',
  readSource: byName({ url: '!url' }),
  get: {},
  put: { text: 'message', message: 'message', channel: 'channel', username: 'username', icon_emoji: 'icon_emoji' },
};

const cron: ResourceRule = { noun: 'resource', type: 'cron', readSource: readSchedule, get: {}, put: {} };

const BY_TYPE: Readonly<Record<string, ResourceRule>> = {
  git,
  time: cron,
  'registry-image': image,
  'docker-image': image,
  s3,
  'github-release': release,
};

const BY_IMAGE: readonly (readonly [RegExp, ResourceRule])[] = [
  [/github-pr-resource$/, pullRequests],
  [/slack-(notification|alert)/, slack],
  [/(^|\/)git-resource$/, git],
  [/registry-image-resource$|docker-image-resource$/, image],
  [/github-release-resource$/, release],
  [/(^|\/)s3-resource$/, s3],
  [/(^|\/)(time|cron)-resource$/, cron],
];

/** `image`: of a type that the pipeline declares itself, empty for the others. */
export function ruleFor(type: string, image: string): ResourceRule | undefined {
  const own = image === '' ? undefined : BY_IMAGE.find(([pattern]) => pattern.test(image))?.[1];
  return own ?? (image === '' && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined);
}
