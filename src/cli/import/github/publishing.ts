/** Actions that bring something out: images, releases. */
import { Block } from '../hcl-block.ts';
import { Expression, type HclValue, joinTexts } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { splitLines, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { filled, type JobPlace } from './place.ts';
import { actionOf } from './toolchains.ts';

/** Paths, one on each line. */
export function pathsOf(source: Source | undefined, place: JobPlace, out: Block): Text[] {
  return splitLines(filled(source, place, out)).map((line) =>
    typeof line === 'string' ? line.replace(/^\.\//, '') : line,
  );
}

/** Who may push is found when an image is built. */
export function login(step: Source, place: JobPlace, out: Block): Block[] {
  const builds = (place.job.entries.get('steps')?.items ?? []).some(
    (other) => actionOf(other) === 'docker/build-push-action',
  );
  if (!builds) {
    place.workflow.conversion.notConverted(
      out,
      step,
      'nothing that pikoci import knows uses the login',
      'credentials of the runners docker and buildah',
    );
    return [];
  }
  // They are read where the image is built.
  for (const key of ['registry', 'username', 'password']) step.get('with')?.textOf(key);
  return [];
}

function credentialsOf(place: JobPlace, out: Block): HclValue[] {
  const logins = (place.job.entries.get('steps')?.items ?? []).filter(
    (step) => actionOf(step) === 'docker/login-action',
  );
  return logins.map((step) => {
    const given = step.get('with');
    const entries = (['registry', 'username', 'password'] as const).flatMap((key): [string, HclValue][] =>
      given?.has(key) === true ? [[key, filled(given.get(key), place, out)]] : [],
    );
    return new Map(entries);
  });
}

export function image(step: Source, place: JobPlace): Block[] {
  const given = step.get('with');
  const block = new Block('task', [
    place.names.unique(nameOf(String(step.entries.get('id')?.scalar ?? 'image'), 'image')),
  ]);
  const run = block.block('run', 'buildah');
  const text = (key: string) =>
    given?.has(key) === true ? filled(given.get(key), place, block, { open: true }) : undefined;
  const tags = text('tags') ?? '';
  const all = splitLines(tags);
  run.set(
    'tag',
    all.length === 0
      ? `${place.workflow.triggers.repository.split('/').at(-1) ?? 'app'}:latest`.toLowerCase()
      : all.length === 1
        ? all[0]
        : all,
  );
  run.set('context', text('context') ?? '.');
  const file = text('file');
  const context = String(given?.entries.get('context')?.scalar ?? '.')
    .replace(/^\.\/?/, '')
    .replace(/\/?$/, '/');
  run.set(
    'dockerfile',
    typeof file === 'string' ? file.replace(/^\.\//, '').replace(context === '/' ? '' : context, '') : file,
  );
  run.set('target', text('target'));
  const args = String(given?.entries.get('build-args')?.scalar ?? '')
    .split('\n')
    .map((line) => /^\s*(\w+)=(.*)$/.exec(line))
    .filter((match) => match !== null);
  const argsText = text('build-args');
  if (typeof argsText === 'string')
    run.set('build_args', new Map(args.map(([, name = '', value = '']): [string, HclValue] => [name, value.trim()])));
  else if (args.length === 1 && argsText !== undefined)
    run.set('build_args', new Map([[args[0]?.[1] ?? '', joinTexts('', argsText)]]));
  const push = given?.entries.get('push');
  if (push !== undefined && String(push.scalar) !== 'false') run.set('push', true);
  if (push?.scalar === true || push?.scalar === false) push.isRead = true;
  else if (push !== undefined)
    place.workflow.conversion.differs(block, push, 'it is pushed whenever the task runs', 'if = … of the task');
  if (push !== undefined) push.isRead = true;
  const credentials = credentialsOf(place, block);
  run.set('credentials', credentials.length === 1 ? credentials[0] : credentials);
  // The layers stay in the storage of the worker.
  for (const key of ['cache-from', 'cache-to', 'load']) given?.get(key)?.text();
  return [block];
}

export function release(step: Source, place: JobPlace, out: Block): Block[] {
  const given = step.get('with');
  const { workflow } = place;
  const token =
    given?.has('token') === true
      ? filled(given.get('token'), place, out)
      : workflow.conversion.variables.reference({ path: 'GITHUB_TOKEN' });
  workflow.releases.set('token', token);
  const block = new Block('put', ['github-release', 'release']);
  const text = (key: string) => (given?.has(key) === true ? filled(given.get(key), place, block) : undefined);
  const tag =
    text('tag_name') ??
    (place.onTags
      ? new Expression('get.tags.tag')
      : workflow.triggers.tagsOnly
        ? new Expression('get.repo.tag')
        : undefined);
  block.set('tag', tag ?? 'CHANGE-ME');
  block.set('title', text('name')).set('body', text('body')).set('body_file', text('body_path'));
  const assets = given?.has('files') === true ? pathsOf(given.get('files'), place, block) : [];
  block.set('assets', assets);
  for (const [theirs, ours] of [
    ['draft', 'draft'],
    ['prerelease', 'prerelease'],
    ['generate_release_notes', 'generate_notes'],
  ] as const) {
    if (given?.flagOf(theirs) === true) block.set(ours, true);
  }
  return [block.set('no_get', true)];
}
