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
 *     approve test            the job asks for approval: what waits waits for that; `queued test approved a=v1` has it
 *     gone a                  a resource or a job that is no longer in the pipeline, and kept for its history
 *     held test <hold>        the reason recorded last, as JSON
 */
import type { GetStep, Step } from '../../pipeline/plan-step.ts';
import type { ChosenInput, Decision, Snapshot } from '../snapshot.ts';
import { buildId, snapshotOf } from './small-snapshot.ts';
import { parseSteps } from './small-steps.ts';

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
  /** People said yes to it, where the job asks for approval. */
  approved: boolean;
}

export interface JobState {
  readonly steps: Step[];
  readonly ensure: Step[];
  paused: boolean;
  interruptible: boolean;
  asksForApproval: boolean;
  hold: unknown;
  last: number;
}

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
          asksForApproval: false,
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
      case 'approve':
        this.job(name).asksForApproval = true;
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
    const approved = words[0] === 'approved';
    if (approved) words.shift();
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
    const build: Build = { job, number: this.job(job).last, state, revision, inputs, outputs, manual, approved };
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
            approved: false,
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
    return snapshotOf(this);
  }
}

const mayBeWithdrawn = ({ state }: Build): boolean => state === 'waiting' || state === 'queued';

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
