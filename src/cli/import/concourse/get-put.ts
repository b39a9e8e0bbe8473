/** `get` and `put`. */
import { Block } from '../hcl-block.ts';
import { type HclValue, joinTexts, template } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { shellWord, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { rename } from './resource-rules.ts';
import type { ResourceHere } from './resources.ts';
import type { StepPlace } from './steps.ts';

/** `undefined`: it was not converted, and `before` says so. */
export function convertGet(step: Source, before: Block, place: StepPlace): Block | undefined {
  const { conversion, vars } = place.concourse;
  const called = step.textOf('get') ?? '';
  const found = resourceOf(step, called, before, place);
  if (found === undefined || found.rule === undefined) {
    place.lost.add(called);
    return undefined;
  }
  if (found.rule.noun === 'notification') {
    conversion.notConverted(before, step, 'there is nothing to get of a notification');
    return undefined;
  }
  const block = new Block('get', [found.rule.type, found.name]);
  if (step.flagOf('trigger') === true) block.set('trigger', true);
  block.set(
    'passed',
    step.textsOf('passed').map((name) => nameOf(name, 'job')),
  );
  readVersion(step, block, place);
  const params = step.get('params');
  const inner = new Block('params');
  rename(params, found.rule.get, inner, vars, place);
  if (params?.flagOf('include_source_tarball') === true && found.rule.type === 'github-release')
    inner.set('source', 'tar');
  if (!inner.isEmpty()) block.add(inner);
  for (const [theirs, ours] of Object.entries(found.rule.getOfResource ?? {}))
    readOfResource(params, theirs, ours, found);
  if (nameOf(called, 'resource') !== found.directory) {
    const why = `it is fetched into the directory "${found.directory}", not "${called}"`;
    conversion.differs(
      block,
      step.get('resource') ?? step,
      why,
      'use that name in the tasks, or declare the resource twice',
    );
  }
  return block;
}

function readVersion(step: Source, block: Block, { concourse, locals }: StepPlace): void {
  const version = step.get('version');
  if (version === undefined) return;
  const word = version.kind === 'scalar' ? version.text() : undefined;
  if (word === 'latest') return;
  if (word === 'every') block.set('version', 'every');
  else if (version.kind === 'map') block.set('version', concourse.vars.value(version, { locals, open: true }));
  else version.isRead = false;
}

/** How deep, with submodules or without: of a resource here, and of each get there. */
function readOfResource(params: Source | undefined, theirs: string, ours: string, found: ResourceHere): void {
  const given = params?.get(theirs);
  if (given?.kind !== 'scalar') return;
  const value: HclValue =
    ours === 'submodules' ? given.scalar === 'all' || given.scalar === true : (params?.numberOf(theirs) ?? null);
  given.isRead = true;
  if (value !== false && value !== null && !found.params.has(ours)) found.params.set(ours, value);
}

export function convertPut(step: Source, before: Block, place: StepPlace): Block | undefined {
  const { conversion, vars } = place.concourse;
  const called = step.textOf('put') ?? '';
  const found = resourceOf(step, called, before, place);
  if (found?.rule === undefined) {
    place.lost.add(called);
    return undefined;
  }
  const { rule, name } = found;
  const params = step.get('params');
  // Which directories a container gets is no question here: they are all there.
  step.get('inputs')?.plain();
  if (rule.type === 'cron') {
    conversion.notConverted(before, step, 'a clock goes by itself', 'start the job by hand, or by another resource');
    return undefined;
  }
  if (rule.noun === 'resource' && Object.keys(rule.put).length === 0) {
    conversion.notConverted(
      before,
      step,
      `nothing can be put to a ${rule.type} of this kind`,
      'a task can tell the forge by its API',
    );
    return undefined;
  }
  if (rule.noun === 'notification') return notify(step, found, place);
  const block = new Block('put', [rule.type, name]);
  if (rule.type === 'registry-image' && params?.has('build')) buildImage(params, before, block, found, place);
  else rename(params, rule.put, block, vars, place);
  if (step.flagOf('no_get') === true) block.set('no_get', true);
  const getParams = step.get('get_params');
  if (getParams?.flagOf('skip_download') === true && block.valueOf('no_get') === undefined) block.set('no_get', true);
  return block;
}

function notify(step: Source, { name, rule }: ResourceHere, place: StepPlace): Block {
  const block = new Block('notify', [rule?.type ?? '', name]);
  const params = step.get('params');
  rename(params, rule?.put ?? {}, block, place.concourse.vars, place);
  const text = params?.entries.get('text') ?? params?.entries.get('message');
  if (text !== undefined && /\$\{?BUILD_/.test(text.written)) {
    place.concourse.conversion.differs(
      block,
      text,
      'a message is filled in by HCL, and not by a shell',
      'build.job, build.number and build.url stand for them',
    );
  }
  return block;
}

/** What the `docker-image` resource does: the image is built, packed, and pushed by the put. */
function buildImage(params: Source, before: Block, put: Block, found: ResourceHere, place: StepPlace): void {
  const { vars, conversion } = place.concourse;
  const task = place.names.unique(`build-${found.name}`);
  const text = (key: string): Text | undefined => vars.text(params.get(key), { locals: place.locals, open: true });
  const given = found.params.get('repository');
  const repository: Text = typeof given === 'string' ? given : 'image';
  const block = new Block('task', [task]);
  const run = block.block('run', 'buildah').set('tag', joinTexts(repository, ':latest')).set('context', text('build'));
  const dockerfile = params.textOf('dockerfile');
  const context = params.textOf('build') ?? '';
  // Theirs is a path of the build's directory, ours one of the context.
  if (dockerfile !== undefined)
    run.set('dockerfile', dockerfile.startsWith(`${context}/`) ? dockerfile.slice(context.length + 1) : dockerfile);
  run.set('target', text('target_name'));
  const args = params.get('build_args');
  if (args?.kind === 'map') run.set('build_args', vars.value(args, place));
  before.add(block);
  const archive = `${found.name}.tar`;
  const pack = template([
    'buildah push ',
    ...[shellWord(joinTexts(repository, ':latest'))].flatMap((word) => (typeof word === 'string' ? [word] : [])),
    ` oci-archive:${archive}`,
  ]);
  before
    .block('task', place.names.unique(`pack-${found.name}`))
    .block('run', 'shell')
    .set('cmd', pack);
  put.set('image', archive);
  const tag = text('tag') ?? text('tag_file');
  if (tag !== undefined) put.set('tag_file', tag);
  if (params.flagOf('tag_as_latest') === true) put.set('additional_tags', ['latest']);
  conversion.leftovers(put, params);
}

function resourceOf(step: Source, called: string, before: Block, place: StepPlace): ResourceHere | undefined {
  const { conversion, resources } = place.concourse;
  const name = step.textOf('resource') ?? called;
  const found = resources.get(name);
  if (found === undefined) conversion.notConverted(before, step, `there is no resource "${name}" in the file`);
  else if (found.rule === undefined) {
    const why = `pikoci has no resource type "${found.theirType}"`;
    conversion.notConverted(before, step, why, 'what depends on it has to be started in another way');
  }
  return found;
}
