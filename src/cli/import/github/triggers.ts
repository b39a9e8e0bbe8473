/** What starts a workflow: a resource for the repository, for its tags, for the clock; inputs for what is given by hand. */
import type { Conversion } from '../conversion.ts';
import { Block } from '../hcl-block.ts';
import { Expression, type HclValue } from '../hcl-text.ts';
import { identifierOf } from '../names.ts';
import { repositoryOf } from '../repository.ts';
import type { Source } from '../source.ts';

export interface InputHere {
  readonly name: string;
  readonly block: Block;
  readonly isBool: boolean;
  readonly source: Source | undefined;
}

export interface Triggers {
  /** The branch that all builds are of; `undefined`: of several. */
  readonly branch: string | undefined;
  readonly isPullRequest: boolean;
  /** A new commit starts the jobs. */
  readonly push: boolean;
  /** `tags` of a push beside branches: a resource of their own. */
  readonly tags: boolean;
  readonly tagsOnly: boolean;
  /** The one name of the event, if there is only one. */
  readonly event: string | undefined;
  /** The name and the resource of each clock. */
  readonly clocks: readonly string[];
  readonly inputs: ReadonlyMap<string, InputHere>;
  readonly params: Map<string, HclValue>;
  /** `owner/name`, where it is known. */
  readonly repository: string;
  readonly url: string;
  blocks(jobs: readonly Block[]): Block[];
}

const HOW = 'a server sets it off by its API: pikoci jobs trigger';

export function readTriggers(root: Source, conversion: Conversion, top: Block): Triggers {
  const on = root.get('on') ?? root.get('true');
  const events = eventsOf(on);
  const { url, path } = repositoryOf(conversion, top);
  const params = new Map<string, HclValue>([
    ['url', url],
    ['name', '.'],
  ]);
  const [push, pull] = [events.get('push'), events.get('pull_request') ?? events.get('pull_request_target')];
  const branches = push?.kind === 'map' ? push.textsOf('branches') : [];
  const tags = push?.kind === 'map' ? push.textsOf('tags') : [];
  const hasPush = events.has('push');
  const tagsOnly = hasPush && tags.length > 0 && branches.length === 0;
  const single = branches.length === 1 && !/[*?[!+]/.test(branches[0] ?? '') ? branches[0] : undefined;
  const isPullRequest = pull !== undefined && !hasPush;
  if (tagsOnly) params.set('tag', pattern(tags));
  else if (single !== undefined) params.set('branch', single);
  else if (branches.length > 0) params.set('branches', pattern(branches));
  else if (isPullRequest) params.set('pr', true);
  else if (hasPush) params.set('branches', '**');
  if (push?.kind === 'map') readPaths(push, params);
  else if (push?.kind === 'scalar') push.isRead = true;
  if (pull !== undefined) readPullRequest(pull, isPullRequest, params, conversion, top);
  const clocks = readClocks(events.get('schedule'));
  const inputs = readInputs(events.get('workflow_dispatch'), hasPush || isPullRequest || clocks.length > 0, conversion);
  if (push?.kind === 'map' && push.has('branches-ignore')) {
    const ignored = push.entries.get('branches-ignore');
    if (ignored !== undefined)
      conversion.notConverted(
        top,
        ignored,
        'a resource says which branches it has',
        'branches = "/regular expression/" of the resource',
      );
  }
  for (const [event, source] of events) {
    if (['push', 'pull_request', 'schedule', 'workflow_dispatch'].includes(event)) conversion.leftovers(top, source);
    else if (event !== 'pull_request_target')
      conversion.notConverted(top, source, 'pikoci does not know this event', HOW);
  }
  const kinds = [...events.keys()].filter((event) => event !== 'workflow_dispatch');
  const hasTags = hasPush && tags.length > 0 && !tagsOnly;
  return {
    branch: single,
    isPullRequest,
    push: hasPush || isPullRequest,
    tags: hasTags,
    tagsOnly,
    event: kinds.length === 1 ? kinds[0] : undefined,
    clocks: clocks.map(({ name }) => name),
    inputs,
    params,
    repository: path,
    url,
    blocks(jobs) {
      const repo = withParams(new Block('resource', ['git', 'repo']), params);
      const tagParams = new Map<string, HclValue>(
        [...params].filter(([name]) => !['branch', 'branches'].includes(name)),
      );
      const tagged = withParams(new Block('resource', ['git', 'tags']), tagParams.set('tag', pattern(tags)));
      const all = [repo, tagged, ...clocks.map(({ block }) => block)];
      const used = new Set(
        jobs.flatMap((job) =>
          [...job.blocks()].filter(({ type }) => type === 'get').map(({ labels }) => labels.join('.')),
        ),
      );
      return all.filter(({ labels }) => used.has(labels.join('.')));
    },
  };
}

function eventsOf(on: Source | undefined): Map<string, Source> {
  if (on === undefined) return new Map();
  if (on.kind === 'map')
    return new Map(
      on
        .keys()
        .flatMap((key) => [on.get(key)].flatMap((source) => (source === undefined ? [] : [[key, source] as const]))),
    );
  return new Map(on.elements().map((event) => [event.text() ?? '', event]));
}

function withParams(block: Block, params: ReadonlyMap<string, HclValue>): Block {
  const inner = block.block('params');
  for (const [name, value] of params) inner.set(name, value);
  return block;
}

function readPaths(push: Source, params: Map<string, HclValue>): void {
  for (const [theirs, ours] of [
    ['paths', 'paths'],
    ['paths-ignore', 'ignore_paths'],
  ] as const) {
    const found = push.entries.get(theirs);
    if (found === undefined || found.items.some(({ scalar }) => String(scalar).startsWith('!'))) continue;
    params.set(ours, found.texts());
  }
}

function readPullRequest(
  pull: Source,
  alone: boolean,
  params: Map<string, HclValue>,
  conversion: Conversion,
  top: Block,
): void {
  if (!alone) {
    const instead = 'set the pipeline a second time, with pr = true in params of the resource instead of a branch';
    conversion.notConverted(top, pull, 'a resource has commits of branches or pull requests', instead);
    return;
  }
  if (pull.kind !== 'map') {
    pull.isRead = true;
    return;
  }
  const bases = pull.entries.get('branches');
  const [base] = bases?.items ?? [];
  if (bases?.items.length === 1 && base !== undefined && !/[*?[]/.test(String(base.scalar)))
    params.set('pr_base', pull.textsOf('branches')[0] ?? null);
  readPaths(pull, params);
}

function readClocks(schedule: Source | undefined): { readonly name: string; readonly block: Block }[] {
  return (schedule?.elements() ?? []).flatMap((entry, at) => {
    const cron = entry.textOf('cron');
    if (cron === undefined) return [];
    const name = at === 0 ? 'schedule' : `schedule-${at + 1}`;
    const block = new Block('resource', ['cron', name]).set('check_interval', cron);
    return [{ name, block: block.set('timezone', entry.textOf('timezone')) }];
  });
}

const TYPES: Readonly<Record<string, string>> = { boolean: 'bool', number: 'number' };

function readInputs(dispatch: Source | undefined, isTriggered: boolean, conversion: Conversion): Triggers['inputs'] {
  const inputs = new Map<string, InputHere>();
  if (dispatch?.kind === 'scalar') dispatch.isRead = true;
  const given = dispatch?.get('inputs');
  for (const key of given?.keys() ?? []) {
    const input = given?.get(key);
    const name = identifierOf(key);
    const block = new Block(name);
    inputs.set(key, { name, block, isBool: input?.entries.get('type')?.scalar === 'boolean', source: input });
    if (input?.kind !== 'map') {
      if (input !== undefined) input.isRead = true;
      continue;
    }
    const type = input.textOf('type') ?? 'string';
    block.set('description', input.textOf('description'));
    const ours = TYPES[type];
    if (ours !== undefined) block.set('type', new Expression(ours));
    const fallback = input.entries.get('default');
    const isOption = type === 'choice';
    const options = isOption ? input.textsOf('options') : [];
    block.set('options', options);
    if (fallback?.kind === 'scalar') block.set('default', defaultOf(input, type));
    const required = input.flagOf('required') === true;
    // Nobody is there to give it when a version starts the job.
    if (required && (!isTriggered || block.valueOf('default') !== undefined)) block.set('required', true);
    else if (required) conversion.differs(block, input, 'it cannot be required, for versions start the job as well');
    conversion.leftovers(block, input);
  }
  return inputs;
}

function defaultOf(input: Source, type: string): HclValue | undefined {
  if (type === 'boolean') return input.flagOf('default');
  const text = input.textOf('default');
  return type === 'number' && text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** `main`, `release/**`: one is a pattern of pikoci as it is, several are a regular expression. */
export function pattern(patterns: readonly string[]): string {
  const [only = '**', ...more] = patterns;
  if (more.length === 0 && !/[!+]/.test(only)) return only;
  const wanted = patterns.filter((one) => !one.startsWith('!'));
  const refused = patterns.filter((one) => one.startsWith('!')).map((one) => `(?!${regexOf(one.slice(1))}$)`);
  return `/^${refused.join('')}(?:${wanted.map(regexOf).join('|')})$/`;
}

function regexOf(text: string): string {
  return text.replaceAll(/\*\*|\*|\?|[.+^${}()|\\/]/g, (found) =>
    found === '**' ? '.*' : found === '*' ? '[^/]*' : found === '?' ? '[^/]' : found === '+' ? '+' : `\\${found}`,
  );
}
