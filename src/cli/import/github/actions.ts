/** `uses`: the actions that pikoci has something for. */
import { Block } from '../hcl-block.ts';
import { joinTexts } from '../hcl-text.ts';
import { nameOf } from '../names.ts';
import { shellQuoted, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { artifactName, placeOf } from './artifacts.ts';
import type { Caches } from './caches.ts';
import { filled, type JobPlace } from './place.ts';
import { image, login, pathsOf, release } from './publishing.ts';
import { actionOf, isSetup, versionKey } from './toolchains.ts';

type Convert = (step: Source, place: JobPlace, out: Block, caches: Caches) => Block[];

const ACTIONS: Readonly<Record<string, Convert>> = {
  'actions/checkout': checkout,
  'actions/cache': cache,
  'actions/cache/restore': cache,
  'actions/upload-artifact': upload,
  'actions/download-artifact': download,
  'docker/build-push-action': image,
  'docker/setup-buildx-action': nothing,
  'docker/setup-qemu-action': nothing,
  'docker/login-action': login,
  'softprops/action-gh-release': release,
};

/** The blocks that a step becomes; of none, `out` says why. */
export function convertAction(step: Source, place: JobPlace, out: Block, caches: Caches): Block[] {
  const action = actionOf(step);
  const convert = isSetup(step) ? setup : Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (convert !== undefined) {
    step.textOf('uses');
    step.textOf('name');
    return convert(step, place, out, caches);
  }
  if (action.startsWith('docker://')) return container(step, place, action.slice('docker://'.length));
  const uses = step.entries.get('uses');
  const what =
    uses === undefined ? 'it neither runs a command nor uses an action' : 'pikoci runs commands, and no actions';
  place.workflow.conversion.notConverted(out, step, what, 'say with a task what it does');
  return [];
}

/** A build has the repository anyway. */
function checkout(step: Source, place: JobPlace, out: Block): Block[] {
  const { params } = place.workflow.triggers;
  const given = step.get('with');
  const depth = given?.numberOf('fetch-depth');
  if (depth !== undefined && depth > 1) params.set('depth', depth);
  const submodules = given?.entries.get('submodules');
  if (submodules !== undefined && String(submodules.scalar) !== 'false') params.set('submodules', true);
  if (submodules !== undefined) submodules.isRead = true;
  const token = given?.entries.get('token');
  if (token !== undefined && !/github\.token|GITHUB_TOKEN/.test(token.written))
    params.set('token', filled(token, place, out));
  else if (token !== undefined) token.isRead = true;
  if (given?.flagOf('persist-credentials') === false) given.get('persist-credentials');
  if (given?.has('repository') === true) {
    place.workflow.conversion.notConverted(
      out,
      step,
      'it is another repository',
      'declare a resource "git" for it, and get it here',
    );
  }
  return [];
}

function nothing(): Block[] {
  return [];
}

/** What it sets up is in the image of the job. */
function setup(step: Source, place: JobPlace, out: Block, caches: Caches): Block[] {
  const { image, workflow, job } = place;
  const given = step.get('with');
  const first = (job.entries.get('steps')?.items ?? []).find(isSetup);
  if (image?.isContainer === true || first !== step) {
    workflow.conversion.notConverted(out, step, 'a job runs in one image', 'use one that has both, or split the job');
    return [];
  }
  given?.textOf(versionKey(step) ?? '');
  given?.textOf('distribution');
  const locks =
    given
      ?.textsOf('cache-dependency-path')
      .flatMap((text) => text.split('\n'))
      .filter((text) => text.trim() !== '') ?? [];
  const tool = given?.entries.get('cache');
  const name = String(tool?.scalar);
  const isGo = actionOf(step) === 'actions/setup-go' && name === 'true';
  if (tool !== undefined && (caches.addOfTool(isGo ? 'go' : name, step, locks) || name === 'false')) tool.isRead = true;
  return [];
}

function cache(step: Source, _place: JobPlace, out: Block, caches: Caches): Block[] {
  caches.add(step, out);
  return [];
}

function upload(step: Source, place: JobPlace, out: Block): Block[] {
  const { artifacts, conversion } = place.workflow;
  const given = step.get('with');
  const name = given?.entries.get('name');
  const artifact = artifacts.find(artifactName(given));
  if (artifact === undefined) return [];
  if (name !== undefined) name.isRead = true;
  const block = new Block('put', ['artifact', artifact.name]);
  if (name?.written.includes('${{') === true) {
    conversion.differs(
      block,
      name,
      'the name of an artifact is written out',
      'the newest of the combinations is what later jobs get',
    );
  }
  const path = given?.get('path');
  block.set('paths', pathsOf(path, place, out).map(contentsOf));
  if (given?.entries.get('if-no-files-found')?.scalar === 'error') given.textOf('if-no-files-found');
  return [block];
}

/** There a directory is what is in it, here it is itself. A path whose last part has no dot is taken for one. */
function contentsOf(path: Text): Text {
  if (typeof path !== 'string' || path.startsWith('!') || /[*?[]/.test(path)) return path;
  const bare = path.replace(/\/+$/, '');
  return bare !== path || !/\.[^/]*$/.test(bare) ? `${bare}/**` : path;
}

function download(step: Source, place: JobPlace, out: Block): Block[] {
  const { artifacts, conversion } = place.workflow;
  const given = step.get('with');
  const upstream = allUpstream(place);
  const names = given?.has('name') === true ? [artifactName(given)] : artifacts.uploadedBy(upstream);
  const blocks = names.flatMap((name): Block[] => {
    const artifact = artifacts.find(name);
    if (artifact === undefined) return [];
    const get = new Block('get', ['artifact', artifact.name]);
    get.set(
      'passed',
      [...artifact.uploaders].filter((job) => upstream.has(job)),
    );
    const wanted =
      given?.has('name') === true ? placeOf(given) : [placeOf(given), name].filter((part) => part !== '').join('/');
    if (wanted === artifact.directory) return [get];
    const task = new Block('task', [place.names.unique(`place-${artifact.name}`)]);
    const to = wanted === '' ? '.' : wanted;
    const made = to === '.' ? '' : `mkdir -p ${shellQuoted(to)} && `;
    task.block('run', 'shell').set('cmd', `${made}cp -a ${shellQuoted(artifact.directory)}/. ${shellQuoted(to)}`);
    return [get, task];
  });
  if (blocks.length === 0) {
    conversion.notConverted(
      out,
      step,
      'no job of the workflow uploads it',
      'get it from where it is: a resource "artifact", "s3", "http"',
    );
    return [];
  }
  for (const key of ['name', 'path']) given?.textOf(key);
  return blocks;
}

/** The jobs before this one, also those that they wait for. */
function allUpstream({ workflow, upstream }: JobPlace): Set<string> {
  const ids = new Map([...workflow.names].map(([id, name]) => [name, id]));
  const found = new Set<string>();
  const waiting = [...upstream];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const needs = workflow.jobs.get(ids.get(name) ?? '')?.entries.get('needs');
    const texts =
      needs?.kind === 'list'
        ? needs.items.map(({ scalar }) => String(scalar))
        : needs === undefined
          ? []
          : [String(needs.scalar)];
    waiting.push(...texts.map((need) => workflow.names.get(need) ?? need));
  }
  return found;
}

function container(step: Source, place: JobPlace, name: string): Block[] {
  step.textOf('uses');
  const block = new Block('task', [
    place.names.unique(nameOf(step.textOf('name') ?? step.textOf('id') ?? name, 'container')),
  ]);
  const given = step.get('with');
  const run = block.block('run', 'docker').set('image', name.includes(':') ? name : `${name}:latest`);
  const words = [
    given?.has('entrypoint') === true ? filled(given.get('entrypoint'), place, block) : undefined,
    given?.has('args') === true ? filled(given.get('args'), place, block) : undefined,
  ];
  const [entry, args] = words;
  run.set('cmd', entry !== undefined && args !== undefined ? joinTexts(entry, ' ', args) : (entry ?? args ?? 'true'));
  place.workflow.conversion.differs(
    block,
    step,
    'what the image does by itself is not run: a script is',
    'write the command into cmd',
  );
  return [block];
}
