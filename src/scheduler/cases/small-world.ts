/**
 * Small worlds in a few lines, for tables of cases:
 *
 *     a: v1 v2 v3~ v4!        versions of resource a, oldest first; ~ is a first check's history, ! is disabled
 *     pin a v1                pinned by a person;  `pinned a v1`: by its block in the pipeline
 *     job test: get a trigger, get b every passed build,lint, get c version v1, put d
 *     hook test: get a        a get in the job's ensure hook
 *     ran test a=v1           a build that succeeded; `ran test failed a=v1`, `ran test running a=v1`; `-> d=v7` is an output
 *     waits test a=v1         the automatic build that nobody took yet; `waits test of old a=v1`: made of an older revision
 *     queued test a=v1        a build in the queue that will not be changed any more; `queued test manual a=v1`: a person asked for it
 *     paused test | paused pipeline
 *     interruptible test      the job stops older builds; the version v1@fix is of the branch fix
 *     gone a                  a resource or a job that is no longer in the pipeline, and kept for its history
 *     held test <hold>        the reason recorded last, as JSON
 */
import type { BuildId, JobId, ResourceId, RevisionId, VersionId } from '../../lib/ids.ts';
import type { Json } from '../../lib/json.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { GetStep, PutStep, Step } from '../../pipeline/plan.ts';
import type { Hold } from '../hold.ts';
import type { ChosenInput, Decision, Snapshot } from '../snapshot.ts';

interface Version {
  readonly name: string;
  readonly triggers: boolean;
  disabled: boolean;
}

export interface Build {
  readonly job: string;
  readonly number: number;
  state: 'waiting' | 'queued' | 'running' | 'passed' | 'failed';
  revision: string;
  /** Step id to resource and version. */
  inputs: Map<string, { readonly resource: string; readonly version: string }>;
  readonly outputs: Map<string, string>;
  /** A person asked for it. */
  readonly manual: boolean;
}

interface JobState {
  readonly steps: Step[];
  readonly ensure: Step[];
  paused: boolean;
  interruptible: boolean;
  hold: unknown;
  last: number;
}

const at = { file: 'p.hcl', line: 1, column: 1 };
const id = (...parts: readonly string[]): string => parts.join('/');

/** Branded ids are names here, so that a failing case can be read. */
const versionId = (resource: string, version: string) => id(resource, version) as VersionId;
const resourceId = (name: string) => name as ResourceId;

export class SmallWorld {
  readonly resources = new Map<string, { readonly versions: Version[]; pin?: string; pinned?: string }>();
  readonly jobs = new Map<string, JobState>();
  builds: Build[] = [];
  readonly gone = new Set<string>();
  pausedPipeline = false;
  revision = 'new';

  constructor(text = '') {
    for (const line of text.split('\n')) {
      const trimmed = line.trim();
      if (trimmed !== '') this.say(trimmed);
    }
  }

  say(line: string): void {
    const [word = '', name = '', ...rest] = line.split(/\s+/);
    switch (word) {
      case 'job':
        this.jobs.set(name.replace(':', ''), {
          steps: parseSteps(rest.join(' '), ''),
          ensure: [],
          paused: false,
          interruptible: false,
          hold: undefined,
          last: 0,
        });
        return;
      case 'hook':
        this.job(name.replace(':', '')).ensure.push(...parseSteps(rest.join(' '), 'ensure.'));
        return;
      case 'pin':
        this.resource(name).pin = rest[0] ?? '';
        return;
      case 'pinned':
        this.resource(name).pinned = rest[0] ?? '';
        return;
      case 'paused':
        if (name === 'pipeline') this.pausedPipeline = true;
        else this.job(name).paused = true;
        return;
      case 'interruptible':
        this.job(name).interruptible = true;
        return;
      case 'gone':
        this.gone.add(name);
        return;
      case 'held':
        this.job(name).hold = JSON.parse(rest.join(' '));
        return;
      case 'ran':
      case 'waits':
      case 'queued':
        this.addBuild(word, name, rest);
        return;
      default:
        if (!word.endsWith(':')) throw new Error(`not a line of a small world: ${line}`);
        for (const version of [name, ...rest].filter((text) => text !== '')) {
          this.addVersion(word.slice(0, -1), version);
        }
    }
  }

  resource(name: string) {
    const found = this.resources.get(name) ?? { versions: [] };
    this.resources.set(name, found);
    return found;
  }

  job(name: string): JobState {
    const found = this.jobs.get(name);
    if (found === undefined) throw new Error(`no job ${name}`);
    return found;
  }

  getsOf(job: string): readonly GetStep[] {
    return getsOf(this.job(job));
  }

  addVersion(resource: string, text: string): void {
    const name = text.replace(/[~!]/g, '');
    this.resource(resource).versions.push({ name, triggers: !text.includes('~'), disabled: text.includes('!') });
  }

  addBuild(word: 'ran' | 'waits' | 'queued', job: string, rest: readonly string[]): Build {
    const words = [...rest];
    const [outcome] = words;
    let state: Build['state'] = word === 'waits' ? 'waiting' : word === 'queued' ? 'queued' : 'passed';
    if (outcome === 'failed' || outcome === 'running') {
      state = outcome;
      words.shift();
    }
    const manual = words[0] === 'manual';
    if (manual) words.shift();
    let revision = this.revision;
    if (words[0] === 'of') revision = words.splice(0, 2)[1] ?? '';
    const arrow = words.indexOf('->');
    const gets = getsOf(this.job(job));
    const inputs = new Map(
      pairs(arrow < 0 ? words : words.slice(0, arrow)).map(([resource, version], index) => {
        const step = gets.find((get) => get.resource === resource)?.id ?? `gone-${index}`;
        return [step, { resource, version }];
      }),
    );
    const outputs = new Map(arrow < 0 ? [] : pairs(words.slice(arrow + 1)));
    this.job(job).last += 1;
    const build: Build = { job, number: this.job(job).last, state, revision, inputs, outputs, manual };
    this.builds.push(build);
    return build;
  }

  /** What a store makes of decisions. */
  apply(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      const job = this.job(decision.job);
      const waiting = this.builds.find((build) => build.job === decision.job && build.state === 'waiting');
      switch (decision.kind) {
        case 'build':
          job.last += 1;
          this.builds.push({
            job: decision.job,
            number: job.last,
            state: job.steps.some((step) => step.kind === 'get' && step.version === 'every') ? 'queued' : 'waiting',
            revision: this.revision,
            inputs: readInputs(decision.inputs),
            outputs: new Map(),
            manual: false,
          });
          break;
        case 'update':
          if (waiting === undefined) throw new Error(`${decision.job} has no waiting build to update`);
          waiting.inputs = readInputs(decision.inputs);
          waiting.revision = this.revision;
          break;
        case 'withdraw':
          // Withdrawn ones count as never made.
          if (!this.builds.some((build) => buildId(build) === decision.buildId && mayBeWithdrawn(build))) {
            throw new Error(`${decision.buildId} does not wait`);
          }
          this.builds = this.builds.filter((build) => buildId(build) !== decision.buildId);
          break;
        case 'supersede': {
          const build = this.builds.find((one) => buildId(one) === decision.buildId);
          if (build?.state !== 'queued' && build?.state !== 'running')
            throw new Error(`${decision.buildId} is not live`);
          build.state = 'failed';
          break;
        }
        case 'hold':
          job.hold = decision.hold;
          break;
        case 'clear':
          job.hold = undefined;
          break;
      }
    }
  }

  snapshot(): Snapshot {
    return {
      pipeline: {
        revisionId: this.revision as RevisionId,
        ...(this.pausedPipeline ? { pausedBy: 'ada', pausedAt: 0 } : {}),
      },
      model: this.#model(),
      jobs: [...this.jobs].map(([name, job]) => this.#jobFacts(name, job)),
      resources: [...this.resources].map(([name, { versions, pin }]) => ({
        id: resourceId(name),
        address: name,
        active: !this.gone.has(name),
        pinnedVersionId: pin === undefined ? undefined : versionId(name, pin),
        versions: versions.map((version, position) => ({
          id: versionId(name, version.name),
          version: fieldsOf(version.name),
          position,
          triggers: version.triggers,
          disabled: version.disabled,
        })),
      })),
    };
  }

  #model(): Pipeline {
    return {
      schema: 1,
      resources: [...this.resources].flatMap(([name, { pinned }]) =>
        this.gone.has(name)
          ? []
          : {
              type: 'git',
              name,
              address: name,
              params: {},
              cache: false,
              tags: [],
              at,
              ...(pinned === undefined ? {} : { pinned: { ref: pinned } }),
            },
      ),
      jobs: [...this.jobs].flatMap(([name, { steps, ensure, interruptible }]) =>
        this.gone.has(name)
          ? []
          : {
              name,
              group: name,
              at,
              services: [],
              steps,
              hooks: { ensure },
              serialGroups: [],
              priority: 0,
              tags: [],
              interruptible,
              disableManualTrigger: false,
            },
      ),
      types: { runners: {}, resources: {}, services: {}, secrets: {}, notifications: {} },
      scope: { variables: {}, locals: {} },
    };
  }

  #jobFacts(name: string, job: JobState): Snapshot['jobs'][number] {
    const builds = this.builds.filter((build) => build.job === name);
    const waiting = builds.find((build) => build.state === 'waiting');
    const used = new Set<VersionId>();
    for (const build of builds) {
      if (build === waiting) continue;
      for (const { resource, version } of build.inputs.values()) used.add(versionId(resource, version));
      for (const [resource, version] of build.outputs) used.add(versionId(resource, version));
    }
    return {
      id: name as JobId,
      name,
      active: !this.gone.has(name),
      ...(job.paused ? { pausedBy: 'ada', pausedAt: 0 } : {}),
      ...(job.hold === undefined ? {} : { hold: { reason: job.hold } }),
      ...(waiting === undefined
        ? {}
        : {
            pending: {
              buildId: buildId(waiting),
              revisionId: waiting.revision as RevisionId,
              inputs: inputsOf(waiting),
            },
          }),
      queued: builds
        .filter((build) => build.state === 'queued' && !build.manual)
        .map((build) => ({ buildId: buildId(build), inputs: inputsOf(build) })),
      live: builds
        .filter((build) => !build.manual && (build.state === 'queued' || build.state === 'running'))
        .map((build) => ({
          buildId: buildId(build),
          number: build.number,
          versions: new Map([...build.inputs].map(([step, { version }]) => [step, fieldsOf(version)])),
        })),
      used,
      passed: builds
        .filter((build) => build.state === 'passed')
        .map((build) => ({
          buildId: buildId(build),
          number: build.number,
          versions: new Map(
            [
              ...[...build.inputs.values()].map((input) => [input.resource, input.version] as const),
              ...build.outputs,
            ].map(([resource, version]) => [resourceId(resource), versionId(resource, version)]),
          ),
        })),
    };
  }
}

const buildId = ({ job, number }: Build): BuildId => id(job, String(number)) as BuildId;

const mayBeWithdrawn = ({ state }: Build): boolean => state === 'waiting' || state === 'queued';

const inputsOf = (build: Build): ChosenInput[] =>
  [...build.inputs].map(([step, { resource, version }]) => ({
    step,
    resourceId: resourceId(resource),
    versionId: versionId(resource, version),
  }));

function fieldsOf(version: string): Readonly<Record<string, Json>> {
  const [, branch] = version.split('@');
  return { ref: version, more: { n: 1 }, ...(branch === undefined ? {} : { branch }) };
}

const getsOf = (job: JobState): readonly GetStep[] =>
  [...job.steps, ...job.ensure].filter((step): step is GetStep => step.kind === 'get');

function pairs(words: readonly string[]): [string, string][] {
  return words.map((word) => {
    const [resource = '', version = ''] = word.split('=');
    return [resource, version];
  });
}

function readInputs(inputs: readonly ChosenInput[]): Build['inputs'] {
  return new Map(
    inputs.map((input) => {
      const [resource = '', version = ''] = input.versionId.split('/');
      return [input.step, { resource, version }];
    }),
  );
}

function parseSteps(text: string, prefix: string): Step[] {
  return text
    .split(/,\s+/)
    .filter((part) => part !== '')
    .map((part, index) => parseStep(part, `${prefix}${index + 1}`));
}

function parseStep(text: string, step: string): GetStep | PutStep {
  const [kind, resource = '', ...rest] = text.split(/\s+/);
  const common = {
    id: step,
    name: resource,
    at,
    attempts: { count: 1, on: [], delayMs: 0 },
    allowFailure: false,
    hooks: {},
    resource,
    params: {},
  };
  if (kind === 'put') return { ...common, kind: 'put', noGet: true };
  if (kind !== 'get') throw new Error(`not a step of a small world: ${text}`);
  const after = (word: string): string | undefined => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined);
  const pinned = after('version');
  return {
    ...common,
    kind: 'get',
    trigger: rest.includes('trigger'),
    passed: after('passed')?.split(',') ?? [],
    version: pinned !== undefined ? { pinned: { ref: pinned } } : rest.includes('every') ? 'every' : 'latest',
  };
}

/** A decision in one line, as the cases expect it. */
export function say(decision: Decision): string {
  switch (decision.kind) {
    case 'build':
    case 'update':
      return `${decision.kind} ${decision.job} ${sayInputs(decision.inputs)}, because of ${sayCause(decision.cause)}`;
    case 'withdraw':
      return `withdraw ${decision.buildId.replace('/', ' #')}`;
    case 'clear':
      return `clear ${decision.job}`;
    case 'supersede':
      return `supersede ${decision.buildId.replace('/', ' #')}`;
    case 'hold':
      return `hold ${decision.job}: ${sayHold(decision.hold)}`;
  }
}

export const sayInputs = (inputs: readonly ChosenInput[]): string =>
  inputs.map((input) => input.versionId.replace('/', '=')).join(' ');

const sayCause = (cause: Extract<Decision, { kind: 'build' }>['cause']): string =>
  cause.kind === 'version' ? `${cause.resource} ${cause.version.ref}` : `${cause.job} #${cause.number}`;

export function sayHold(hold: Hold): string {
  switch (hold.kind) {
    case 'paused':
      return `paused ${hold.what}`;
    case 'upstream':
      return `upstream ${hold.resource} ${hold.waitsFor.join(',')}`;
    case 'not_together':
      return `not_together ${hold.resources.join(',')} ${hold.waitsFor.join(',')}`;
    default:
      return `${hold.kind} ${hold.resource}`;
  }
}
