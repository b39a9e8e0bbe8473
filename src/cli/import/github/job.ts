/** A job of a workflow. */
import { Block } from '../hcl-block.ts';
import { type HclValue, joinTexts, member, partsOf } from '../hcl-text.ts';
import { Names, nameOf } from '../names.ts';
import { serviceOf } from '../services.ts';
import { shellQuoted, type Text } from '../shell-text.ts';
import type { Source } from '../source.ts';
import { convertCondition, fillText } from './expressions.ts';
import type { Workflow } from './github.ts';
import { axisValues, convertMatrix } from './matrix.ts';
import { resolverOf } from './meanings.ts';
import { filled, type Image, type JobPlace } from './place.ts';
import { convertSteps } from './steps.ts';
import { imageOfSetups } from './toolchains.ts';

export function convertJob(id: string, job: Source, workflow: Workflow): Block {
  const { conversion, names } = workflow;
  const block = new Block('job', [names.get(id) ?? id]);
  if (job.has('uses')) {
    return convertCall(id, job, block, workflow);
  }
  const title = job.textOf('name');
  if (title !== undefined) block.comment(title);
  const axes = convertMatrix(job.get('strategy'), block, conversion);
  const onTags = workflow.triggers.tags && /refs\/tags\//.test(String(job.entries.get('if')?.scalar ?? ''));
  const container = imageOfContainer(job.get('container'));
  const place: JobPlace = {
    workflow,
    id,
    job,
    block,
    names: new Names(),
    axes,
    onTags,
    tasks: new Map(),
    inputs: new Set(),
    image: undefined,
    condition: undefined,
    allowFailure: job.flagOf('continue-on-error') === true,
    upstream: job.textsOf('needs').map((need) => names.get(need) ?? need),
  };
  const image =
    container === undefined
      ? imageOfSetups(place)
      : { ...container, name: filled(container.source, place, block, { open: true }) };
  const condition = readCondition(place);
  readSettings(place);
  const body = new Block('');
  const full: JobPlace = { ...place, image, condition };
  readServices(full, body);
  if (container !== undefined) readContainer(job.get('container'), full);
  convertSteps(full, body);
  const described = job.entries.get('container');
  if (described !== undefined) conversion.leftovers(block, described);
  addInputs(full);
  block.add(...gets(full));
  block.take(body);
  conversion.leftovers(block, job);
  return block;
}

/** A job that is another workflow: those after it wait in vain until somebody writes what it does. */
function convertCall(id: string, job: Source, block: Block, { conversion, names, triggers }: Workflow): Block {
  const needs = job.textsOf('needs').map((need) => names.get(need) ?? need);
  const instead = 'import that file, and put its jobs in the place of this one';
  conversion.notConverted(block, job, 'what other workflows do stands in them', instead);
  const get = block.block('get', 'git', 'repo');
  if (triggers.push) get.set('trigger', true);
  get.set('passed', needs);
  const run = block.block('task', 'not-converted').block('run', 'shell');
  run.set('cmd', `echo ${shellQuoted(`the job ${id} was not converted`)} >&2; exit 1`);
  return block;
}

function imageOfContainer(
  container: Source | undefined,
): (Omit<Image, 'name'> & { readonly source: Source }) | undefined {
  if (container === undefined) return undefined;
  const source = container.kind === 'map' ? container.get('image') : container;
  return source === undefined ? undefined : { source, isContainer: true, args: [] };
}

function readContainer(container: Source | undefined, place: JobPlace): void {
  if (container?.kind !== 'map') return;
  const args = place.image?.args ?? [];
  const options = container.entries.get('options');
  if (options !== undefined && /^[\w\s=.,:/-]*$/.test(options.written))
    args.push(...(container.textOf('options') ?? '').split(/\s+/).filter((word) => word !== ''));
  for (const volume of container.textsOf('volumes')) args.push('-v', volume);
}

/** What goes for all steps; `undefined`: nothing does. */
function readCondition(place: JobPlace): string | undefined {
  const { job, block, workflow } = place;
  const source = job.entries.get('if');
  if (source === undefined) return undefined;
  if (
    place.onTags &&
    /^\s*(\$\{\{)?\s*startsWith\(\s*github\.ref\s*,\s*'refs\/tags\/[^']*'\s*\)\s*(\}\})?\s*$/i.test(source.written)
  ) {
    source.isRead = true;
    return undefined;
  }
  const found = convertCondition(String(source.scalar), resolverOf(place));
  const { conversion } = workflow;
  if (found === false) {
    source.isRead = true;
    conversion.differs(
      block,
      source,
      'it is never true for what starts this pipeline',
      'take the job out, or start it by another resource',
    );
    return 'false';
  }
  if ('why' in found) {
    const instead = 'until somebody says it with if = … its steps are skipped';
    conversion.notConverted(block, source, found.why, instead);
    return 'false';
  }
  source.isRead = true;
  if (found.when !== 'success')
    conversion.differs(
      block,
      source,
      'a job begins when those before it have passed',
      'put such steps into hooks (on_failure, ensure) of those jobs',
    );
  if (found.condition !== undefined)
    conversion.differs(
      block,
      source,
      'it is a condition of each step here: a build is made, and its steps are skipped',
    );
  return found.condition;
}

function readSettings(place: JobPlace): void {
  const { job, block, workflow } = place;
  const minutes = job.entries.get('timeout-minutes');
  if (/^\d+$/.test(minutes?.written ?? '')) block.set('timeout', `${job.textOf('timeout-minutes')}m`);
  readConcurrency(place);
  readRunsOn(place);
  const environment = job.entries.get('environment');
  if (environment !== undefined) workflow.conversion.leftovers(block, environment);
}

function readConcurrency({ job, block, workflow }: JobPlace): void {
  const groups: string[] = [];
  let cancels = false;
  for (const concurrency of [workflow.root.get('concurrency'), job.get('concurrency')]) {
    if (concurrency === undefined) continue;
    const source = concurrency.kind === 'map' ? concurrency.get('group') : concurrency;
    const text = source?.text() ?? '';
    const group = nameOf(text.replaceAll(/\$\{\{.*?\}\}/g, ''), '');
    // A group of each branch, or of each pull request: builds of different ones may run at once.
    if (group !== '' && !/github\.(ref|head_ref|event|sha|run_id)/.test(text)) groups.push(group);
    if (concurrency.kind === 'map') cancels ||= concurrency.flagOf('cancel-in-progress') === true;
    if (concurrency.kind === 'map') workflow.conversion.leftovers(block, concurrency);
  }
  block.set('serial_groups', [...new Set(groups)]);
  if (cancels) block.set('interruptible', true);
}

function readRunsOn(place: JobPlace): void {
  const { job, block, workflow, axes } = place;
  const source = job.get('runs-on');
  if (source === undefined) return;
  const labels = source.kind === 'map' ? source.textsOf('labels') : source.texts();
  const tags: HclValue[] = [];
  for (const label of labels) {
    const values = axisValues(axes, label);
    const name = /matrix\.([\w-]+)/.exec(label)?.[1] ?? '';
    if (
      values?.every((value) => /^ubuntu-/.test(String(value))) === true ||
      /^ubuntu-|^self-hosted$|^linux$|^x64$/i.test(label)
    )
      continue;
    if (values !== undefined) {
      tags.push(filledTag(member('each.value', name)));
      workflow.conversion.differs(
        block,
        source,
        'there are no machines of GitHub here',
        'a worker needs that tag: pikoci worker --tags',
      );
    } else if (label.includes('${{')) {
      workflow.conversion.lost(block, source, `${label}: which worker it is has to be known before`, 'tags = ["…"]');
    } else {
      const hosted = /^(windows|macos)-/.exec(label)?.[1];
      tags.push(hosted ?? nameOf(label, 'worker'));
      workflow.conversion.differs(
        block,
        source,
        'there are no machines of GitHub here',
        'a worker needs that tag: pikoci worker --tags',
      );
    }
  }
  block.set('tags', tags);
}

function readServices(place: JobPlace, body: Block): void {
  const { job, workflow } = place;
  const services = job.get('services');
  for (const key of services?.keys() ?? []) {
    const source = services?.get(key);
    if (source?.kind !== 'map') continue;
    const env = new Map<string, HclValue>();
    const given = source.entries.get('env');
    for (const name of given?.keys() ?? []) env.set(name, filled(given?.entries.get(name), place, body));
    const image = partsOf(filled(source.get('image'), place, body, { open: true }));
    const found =
      image.length === 1 && typeof image[0] === 'string' ? serviceOf(image[0], nameOf(key, 'service'), env) : undefined;
    if (found === undefined) {
      workflow.conversion.notConverted(
        body,
        source,
        'pikoci has no such service',
        'write a service_type: docs/services.md, Your own',
      );
      continue;
    }
    if (given !== undefined) given.isRead = true;
    for (const name of given?.keys() ?? []) {
      const value = given?.entries.get(name);
      if (value !== undefined && !found.taken.has(name)) value.isRead = false;
    }
    readPorts(source, found.port, found.block, place);
    const options = source.entries.get('options');
    const rest = (options?.written ?? '').replaceAll(/--health-[\w-]+[ =]("[^"]*"|'[^']*'|\S+)/g, '').trim();
    // It is waited for anyway.
    if (options !== undefined && rest === '') options.isRead = true;
    if (found.hasPassword) {
      workflow.conversion.differs(
        found.block,
        source,
        'it has a password here',
        `its address is in $SERVICE_${nameOf(key, 's')
          .toUpperCase()
          .replaceAll(/[^A-Z0-9]/g, '_')}_URL`,
      );
    }
    workflow.conversion.leftovers(found.block, source);
    body.add(found.block);
  }
}

/** Its usual port on the worker, where steps look for it. In a container they find it by its name. */
function readPorts(source: Source, port: number, block: Block, { image }: JobPlace): void {
  const ports = source.entries.get('ports');
  for (const each of ports?.elements() ?? []) {
    const [, outside, inside] = /^(?:(\d+):)?(\d+)(?:\/tcp)?$/.exec(each.written) ?? [];
    if (Number(inside) !== port) continue;
    each.isRead = true;
    if (outside !== undefined && image?.isContainer !== true) block.set('port', Number(outside));
  }
}

function addInputs({ inputs, workflow, block }: JobPlace): void {
  const asked = [...workflow.triggers.inputs].filter(([name]) => inputs.has(name));
  if (asked.length === 0) return;
  block.block('inputs').add(...asked.map(([, input]) => input.block));
}

function gets({ workflow, onTags, upstream, job, block }: JobPlace): Block[] {
  const { triggers, conversion } = workflow;
  const repo = new Block('get', ['git', onTags ? 'tags' : 'repo']);
  if (triggers.push) repo.set('trigger', true);
  if (onTags && upstream.length > 0) {
    const needs = job.entries.get('needs');
    if (needs !== undefined)
      conversion.differs(
        block,
        needs,
        'tags are versions of a resource of their own, so those jobs do not go before this one',
        'test tags in this job',
      );
  } else repo.set('passed', [...upstream]);
  const clocks = onTags
    ? []
    : triggers.clocks.map((clock) =>
        new Block('get', ['cron', clock]).set('trigger', true).set('passed', [...upstream]),
      );
  return [repo, ...clocks];
}

const filledTag = (source: string): HclValue => joinTexts(asExpression(source));
const asExpression = (source: string): Text => fillText('${{ x }}', () => ({ kind: 'hcl', source })).text;
