/**
 * Reasons in words: each with what ends it, as a sentence, as a command, and as a button of the pages. These are the only words for them; the API, the command
 * line and the pages all say them.
 *
 * The text of what a build waits for goes on behind "waits for".
 */
import { assertNever } from '../lib/assert-never.ts';
import {
  byWhom,
  type Commands,
  checkOf,
  commandsOf,
  enableOf,
  list,
  ordinal,
  type Place,
  shortVersion,
  triggerOf,
  unpinOf,
  type Words,
} from './reason-commands.ts';
import type { OpenGate, Reason, ReasonView, UpstreamState } from './reasons.ts';

export function reasonInWords(reason: Reason, place: Place): ReasonView {
  return { kind: reason.kind, ...say(reason, commandsOf(place), (job) => place.notByHand?.has(job) !== true) };
}

/** `byHand`: whether a person may start builds of a job; what is refused is not offered. */
function say(reason: Reason, command: Commands, byHand: (job: string) => boolean): Words {
  switch (reason.kind) {
    case 'paused':
    case 'pause': {
      const { kind, what, job, mark } = reason;
      return {
        text:
          kind === 'pause'
            ? `the ${what} to go on: it is paused${byWhom(mark)}`
            : `the ${what} is paused${byWhom(mark)}`,
        wayOut: `unpause the ${what}`,
        command: what === 'pipeline' ? command('pipelines unpause') : command(`jobs unpause ${job}`),
        action: what === 'pipeline' ? { kind: 'unpause_pipeline' } : { kind: 'unpause_job', job },
        links: [],
        mark,
      };
    }
    case 'never_checked':
      return {
        text: `${reason.resource} was never checked${reason.waitsFor === undefined ? '' : `: its first check waits for ${reason.waitsFor}`}`,
        wayOut:
          reason.waitsFor === undefined ? 'wait for the first check, or check it now' : 'start a worker that may do it',
        ...checkOf(reason.resource, command),
      };
    case 'check_failing':
      return {
        text: `the last check of ${reason.resource} failed: ${reason.message}`,
        wayOut: reason.hint ?? `mend what its output says, then check ${reason.resource} again`,
        ...checkOf(reason.resource, command),
      };
    case 'no_version':
      return {
        text: `${reason.resource} has no version yet: its checks find none`,
        wayOut: `see what the last check of ${reason.resource} printed, or check it now`,
        ...checkOf(reason.resource, command),
      };
    case 'pin_not_found':
      return {
        text: `${reason.resource} is pinned ${reason.byPerson ? '' : 'in the pipeline '}to a version that no check has found`,
        wayOut: reason.byPerson ? `unpin ${reason.resource}` : 'correct the pin in the pipeline, or take it out',
        ...(reason.byPerson ? unpinOf(reason.resource, command) : { links: [{ resource: reason.resource }] }),
      };
    case 'pin_disabled': {
      const { resource, version, mark, byPerson } = reason;
      const to = version === undefined ? 'a version' : shortVersion(version);
      return {
        text: `${resource} is pinned ${byPerson ? '' : 'in the pipeline '}to ${to}, which is disabled${byWhom(mark)}`,
        wayOut: byPerson ? `enable it, or unpin ${resource}` : 'enable it, or take the pin out of the pipeline',
        ...(version !== undefined && enableOf(resource, version, command)),
        links: [{ resource }],
        ...(mark !== undefined && { mark }),
      };
    }
    case 'pinned': {
      const { resource, version, mark, byPerson } = reason;
      const to = version === undefined ? 'another one' : shortVersion(version);
      return {
        text: `${resource} has a newer version, and is pinned to ${to}${byPerson ? byWhom(mark) : ' in the pipeline'}`,
        wayOut: byPerson ? `unpin ${resource}` : 'take the pin out of the pipeline',
        ...(byPerson ? unpinOf(resource, command) : { links: [{ resource }] }),
        ...(mark !== undefined && { mark }),
      };
    }
    case 'disabled': {
      const { resource, version, mark } = reason;
      return {
        text: `the newest version of ${resource}${version === undefined ? '' : ` (${shortVersion(version)})`} is disabled${byWhom(mark)}`,
        wayOut: 'enable it, or wait for a newer one',
        ...(version !== undefined && enableOf(resource, version, command)),
        links: [{ resource }],
        ...(mark !== undefined && { mark }),
      };
    }
    case 'upstream':
      return sayUpstream(reason, command, byHand);
    case 'not_together': {
      const { resources, jobs } = reason;
      const [first] = jobs;
      return {
        text: `no build of ${list(jobs)} passed with versions of ${list(resources)} that go together`,
        wayOut: jobs.every(byHand)
          ? `run ${list(jobs)} once more, so that one build has them all`
          : `wait until ${list(jobs)} ${jobs.length === 1 ? 'runs' : 'run'} once more, so that one build has them all`,
        ...(first !== undefined && byHand(first) && triggerOf(first, command)),
        links: jobs.map((job) => ({ job })),
      };
    }
    case 'gone':
      return {
        text: 'it is no longer in the pipeline: only its history is kept',
        wayOut: 'a job of this name in the pipeline goes on where this one stopped',
        links: [],
      };
    case 'manual_only':
      return {
        ...(byHand(reason.job)
          ? {
              text: 'none of its inputs triggers it: it runs when somebody starts it',
              wayOut: 'start it, or say trigger = true in one of its gets',
              ...triggerOf(reason.job, command),
            }
          : {
              text: 'none of its inputs triggers it, and its pipeline says disable_manual_trigger: nothing starts it',
              wayOut: 'say trigger = true in one of its gets, or take disable_manual_trigger out',
            }),
        links: [],
      };
    case 'nothing_new': {
      const { resources, last, job } = reason;
      return {
        text: `it has run with the newest version of ${list(resources)}${last === undefined ? '' : ` (build ${last.number})`}`,
        ...(byHand(job)
          ? { wayOut: 'a new version starts it; so can you', ...triggerOf(job, command) }
          : { wayOut: 'a new version starts it' }),
        links: last === undefined ? [] : [last],
      };
    }
    case 'superseded': {
      const { job, number } = reason;
      return {
        text: `build ${number} was stopped: a newer one of the same branch came, and the job is interruptible`,
        wayOut: 'the newer one has what is newest; retry it if this version is wanted too',
        command: command(`builds retry ${number}`, `-j ${job}`),
        links: [{ job, number }],
      };
    }
    case 'unknown':
      return { text: reason.text, links: [] };
    case 'approval':
      return { text: approvalText(reason.gates), wayOut: 'approve or reject it', links: [] };
    case 'held_fork': {
      const { build, id } = reason;
      return {
        text: 'somebody to release it: held (fork)',
        wayOut:
          'look at what the fork changed; who may maintain the pipeline releases it, and then it runs without secrets',
        command: command(`builds release ${build.number}`, `-j ${build.job}`),
        action: { kind: 'release', build: id },
        links: [],
      };
    }
    case 'job_removed':
      return {
        text: `nothing: job ${reason.job} is no longer in the pipeline`,
        wayOut: 'cancel it, or bring the job back',
        links: [],
      };
    case 'retry':
      return {
        text: `its next try${reason.problem === undefined ? '' : `, since it errored: ${reason.problem}`}`,
        wayOut: 'it is tried again by itself; cancel it if it need not be',
        links: [],
        until: reason.until,
      };
    case 'concurrency': {
      const { builds, limit } = reason;
      const [first] = builds;
      return {
        text:
          limit === 1 && first !== undefined
            ? `build ${first.number} of this job to end`
            : `one of ${builds.length} running builds of this job to end`,
        wayOut: `the job says concurrency = ${limit}; cancel a build to let this one begin`,
        ...(first !== undefined && { command: command(`builds cancel ${first.number}`, `-j ${first.job}`) }),
        links: [...builds],
      };
    }
    case 'serial_group': {
      const { build, group, holds } = reason;
      return {
        text: `build ${build.number} of ${build.job} to ${holds ? 'end' : 'have its turn first'} (serial group ${group})`,
        wayOut: holds ? 'cancel that build to let this one begin' : 'it came first; cancel it to let this one begin',
        command: command(`builds cancel ${build.number}`, `-j ${build.job}`),
        links: [build],
      };
    }
    case 'no_worker': {
      const { lost, drained = [] } = reason;
      const [first] = drained;
      if (first !== undefined) {
        return {
          text: `a worker: ${list(drained)} ${drained.length === 1 ? 'is' : 'are'} drained, and there is no other`,
          wayOut: 'resume it, or start another one with pikoci worker',
          command: `pikoci workers resume ${first}`,
          links: [],
        };
      }
      return {
        text: `a worker: none is connected${lost.length === 0 ? '' : ` (${list(lost)} ${lost.length === 1 ? 'was' : 'were'} lost)`}`,
        wayOut: 'start one with pikoci worker, or the server with --run-worker',
        command: 'pikoci workers list',
        links: [],
      };
    }
    case 'worker_exclusive': {
      const only = reason.workers.map(({ name, tags }) => `${name} (${list(tags)})`);
      return {
        text: `a worker: each takes only what asks for one of its tags: ${list(only)}`,
        wayOut: 'start a worker without --exclusive, or ask for one of these tags in the pipeline',
        command: 'pikoci workers list',
        links: [],
      };
    }
    case 'worker_queues': {
      const { work, workers } = reason;
      const other = work === 'builds' ? 'checks' : 'jobs';
      return {
        text: `a worker that takes ${work}: ${list(workers)} ${workers.length === 1 ? 'takes' : 'take'} only ${other === 'jobs' ? 'builds' : 'checks'}`,
        wayOut: `start a worker without --queues ${other}`,
        command: 'pikoci workers list',
        links: [],
      };
    }
    case 'worker_tags': {
      const { wanted, missing, workers } = reason;
      const have = workers.map(({ name, tags }) => `${name} has ${tags.length === 0 ? 'none' : list(tags)}`).join(', ');
      return {
        text:
          missing.length > 0
            ? `a worker: none has the tag ${missing.join(', ')} (${have})`
            : `a worker: none has all of the tags ${wanted.join(', ')} (${have})`,
        wayOut: `start a worker with --tags ${wanted.join(',')}, or ask for other tags in the pipeline`,
        command: `pikoci worker --tags ${wanted.join(',')}`,
        links: [],
      };
    }
    case 'worker_slot':
      return {
        text: `${reason.free ? 'a worker to take it' : 'a free slot on a worker'}${reason.place === undefined || reason.place < 2 ? '' : ` (${ordinal(reason.place)} in the queue)`}`,
        wayOut: 'wait for a build to end, or start another worker',
        command: 'pikoci workers list',
        links: [],
      };
    default:
      return assertNever(reason);
  }
}

function sayUpstream(
  { resource, jobs }: Extract<Reason, { kind: 'upstream' }>,
  command: Commands,
  byHand: (job: string) => boolean,
): Words {
  const [first] = jobs;
  const states = jobs.map((one) => {
    switch (one.state) {
      case 'never_ran':
        return `${one.job} has not run`;
      case 'paused':
        return `${one.job} is paused`;
      case 'passed':
        return `${one.job} #${one.number} passed with another version`;
      default:
        return `${one.job} #${one.number} ${one.word}`;
    }
  });
  const links = jobs.map((one) => ('number' in one ? { job: one.job, number: one.number } : { job: one.job }));
  return {
    text: `waiting for ${list(jobs.map(({ job }) => job))} to pass with the newest version of ${resource}: ${states.join(', ')}`,
    ...(first === undefined ? {} : wayToPass(first, command, byHand(first.job))),
    links,
  };
}

function wayToPass(
  upstream: UpstreamState,
  command: Commands,
  byHand: boolean,
): Pick<Words, 'wayOut' | 'command' | 'action'> {
  const { job } = upstream;
  switch (upstream.state) {
    case 'never_ran':
    case 'passed':
      return {
        wayOut: `see why ${job} has not run with it${byHand ? ', or run it' : ''}`,
        command: command('explain', `-j ${job}`),
        ...(byHand && { action: { kind: 'trigger', job } }),
      };
    case 'paused':
      return {
        wayOut: `unpause ${job}`,
        command: command(`jobs unpause ${job}`),
        action: { kind: 'unpause_job', job },
      };
    case 'pending':
    case 'running':
      return { wayOut: 'wait for it to end', command: command(`builds watch ${upstream.number}`, `-j ${job}`) };
    case 'ended':
      return {
        wayOut: `mend what went wrong, or retry build ${upstream.number} of ${job}`,
        command: command(`builds retry ${upstream.number}`, `-j ${job}`),
      };
  }
}

/** `somebody to approve it (release)`, `approval: qa, release (1 of 2)`. */
function approvalText(gates: readonly OpenGate[]): string {
  const [only, ...others] = gates;
  if (only === undefined) return 'somebody to approve it';
  if (others.length === 0 && only.needed === 1) return `somebody to approve it (${only.label})`;
  const lacking = gates.map(({ label, given, needed }) => (needed === 1 ? label : `${label} (${given} of ${needed})`));
  return `approval: ${lacking.join(', ')}`;
}
