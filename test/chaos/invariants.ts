/** What must hold whatever was killed: pure, so that it can be seen to fail (invariants.test.ts). */
import { isEnded } from '../../src/protocol/status.ts';
import type { AttemptRecord, BuildRecord, MarkRecord, Records } from './records.ts';

/** What holds for the jobs of a run, beyond what holds for every job. */
export interface Rules {
  /** How a build of the job ends when nothing happens to it; `succeeded` where it is not named. */
  readonly endings: Readonly<Record<string, string>>;
  /** Jobs of which one build runs at a time, together. */
  readonly oneAtATime: readonly (readonly string[])[];
  /** The job that builds every version once. */
  readonly everyVersion: string;
  /** Jobs whose builds are not tried again once a step of them has pushed. */
  readonly pushes: readonly string[];
  /** Hooks that must have run, by job: the task after which each is owed. */
  readonly ensured: Readonly<Record<string, readonly { readonly task: string; readonly hook: string }[]>>;
  readonly errorRetries: number;
}

/** `/proc/uptime` counts hundredths, and a line is written a moment after it was read. */
const CLOCK_S = 0.05;
/** A worker that slept looks at its clock a few times a second, and kills then; on a busy machine that takes a while. */
const WAKING_S = 3;

interface Span {
  readonly build: BuildRecord;
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
}

/** Each broken promise in a sentence; none when all is well. */
export function brokenInvariants(records: Records, rules: Rules): string[] {
  const spans = spansOf(records);
  return [
    ...triggersWithoutTheirBuild(records),
    ...buildsNotEnded(records),
    ...wrongEndings(records, rules),
    ...gapsInNumbers(records),
    ...logsThatDiffer(records),
    ...attemptsAtOnce(spans),
    ...buildsAtOnce(spans, rules),
    ...servicesNotStopped(records),
    ...hooksNotRun(records, rules),
    ...versionsNotBuiltOnce(records, rules),
    ...records.left.map((what) => `left: ${what}`),
  ];
}

const nameOf = ({ job, number }: BuildRecord): string => `${job} #${number}`;

function triggersWithoutTheirBuild({ triggers, builds }: Records): string[] {
  const byToken = Map.groupBy(builds, ({ token }) => token ?? '');
  const broken = triggers.flatMap(({ token, job, answer }) => {
    const found = (byToken.get(token) ?? []).filter((build) => build.job === job);
    const right = answer === 'unknown' ? found.length <= 1 : found.length === (answer === 'accepted' ? 1 : 0);
    return right ? [] : [`trigger ${token} of ${job}: ${answer}, and it has ${found.length} builds`];
  });
  const known = new Set(triggers.map(({ token }) => token));
  const foreign = builds.filter(({ token }) => token !== undefined && !known.has(token));
  return [...broken, ...foreign.map((build) => `${nameOf(build)} comes of a trigger that nobody made: ${build.token}`)];
}

function buildsNotEnded({ builds }: Records): string[] {
  return builds.flatMap((build) => {
    if (!isEnded(build.status)) return [`${nameOf(build)} has not ended: it is ${build.status}`];
    const open = build.attempts.filter(({ status }) => status !== 'ended' && status !== 'lost');
    return open.map(({ number, status }) => `${nameOf(build)} is ${build.status}, and its attempt ${number} ${status}`);
  });
}

/** A build ends as its job says, or cancelled when it was, or errored when all tries are used up. */
function wrongEndings({ builds, cancelled, struck }: Records, rules: Rules): string[] {
  return builds.flatMap((build) => {
    const { id, job, status, attempts } = build;
    const tries = attempts.length;
    if (!isEnded(status) || status === (rules.endings[job] ?? 'succeeded')) return [];
    if (status === 'cancelled' && cancelled.has(id)) return [];
    // A process that somebody kills is a failure of the step, that of a service at least a warning.
    if (['failed', 'errored', 'warning'].includes(status) && struck.has(id)) return [];
    const last = attempts.at(-1);
    if (status === 'errored' && (tries > rules.errorRetries || (rules.pushes.includes(job) && mayHavePushed(last)))) {
      return [];
    }
    return [`${nameOf(build)} is ${status} after ${tries} attempts`];
  });
}

const mayHavePushed = (attempt: AttemptRecord | undefined): boolean =>
  attempt?.steps.some(({ kind, status }) => kind === 'put' && status !== 'pending') ?? false;

function gapsInNumbers({ builds }: Records): string[] {
  return [...Map.groupBy(builds, ({ job }) => job)].flatMap(([job, ofJob]) => {
    const numbers = ofJob.map(({ number }) => number).sort((a, b) => a - b);
    return numbers.every((number, at) => number === at + 1) ? [] : [`numbers of ${job}: ${numbers.join(', ')}`];
  });
}

/** All that was written is in the log of a step that ended by itself; of another one its beginning. */
function logsThatDiffer({ builds, texts, struck }: Records): string[] {
  const byId = new Map(builds.map((build) => [build.id, build]));
  return texts.flatMap(({ build: id, attempt: number, name, written, logged: whole }) => {
    // The shell tells of a process of its own that somebody killed.
    const logged = struck.has(id) ? whole?.replaceAll('Killed\n', '') : whole;
    const build = byId.get(id);
    if (build === undefined) return [`a step of build ${id} ran, and nobody knows that build`];
    const attempt = build.attempts.find((candidate) => candidate.number === number);
    if (attempt === undefined || logged === undefined) {
      return [`${name} of attempt ${number} of ${nameOf(build)} ran, and nobody knows it`];
    }
    const step = attempt.steps.find((candidate) => candidate.kind === 'task' && candidate.name === name);
    // Who was struck between writing down what it prints and printing it ends badly, and so does whoever started it.
    const ended = step?.exitCode !== undefined && (step.exitCode === 0 || !struck.has(id));
    if (ended ? logged === written : written.startsWith(logged)) return [];
    return [
      `${nameOf(build)} attempt ${number} ${name}: the log is not what the step wrote${ended ? '' : ', not its beginning either'}: ${firstDifference(written, logged)}`,
    ];
  });
}

function firstDifference(written: string, logged: string): string {
  let at = 0;
  while (at < written.length && written[at] === logged[at]) at += 1;
  const part = (text: string): string => JSON.stringify(text.slice(at, at + 60));
  return `at ${at} of ${written.length} it has ${part(logged)} (of ${logged.length}) for ${part(written)}`;
}

function isTask({ what }: MarkRecord): boolean {
  return what === 'begin' || what === 'alive' || what === 'end';
}

/** From the first to the last sign of life of each attempt's tasks. */
function spansOf({ builds, marks, texts, sleeps }: Records): Span[] {
  const signs = [
    ...marks.filter(isTask),
    ...texts.flatMap(({ build, attempt, written }) => {
      const at = [...written.matchAll(/ at (\d+\.\d+): /g)].at(-1)?.[1];
      return at === undefined ? [] : [{ build, attempt, at: Number(at) }];
    }),
  ];
  const byBuild = Map.groupBy(signs, ({ build }) => build);
  return builds.flatMap((build) =>
    [...Map.groupBy(byBuild.get(build.id) ?? [], ({ attempt }) => attempt)].flatMap(([attempt, ofAttempt]) => {
      const worker = build.attempts.find(({ number }) => number === attempt)?.worker;
      const wakings = sleeps.filter((sleep) => sleep.worker === worker);
      const counted = ofAttempt.filter(({ at }) => !wakings.some(({ until }) => at >= until && at < until + WAKING_S));
      const times = counted.map(({ at }) => at);
      return times.length === 0 ? [] : [{ build, attempt, from: Math.min(...times), to: Math.max(...times) }];
    }),
  );
}

const overlap = (a: Span, b: Span): boolean => a.from < b.to - CLOCK_S && b.from < a.to - CLOCK_S;

const spanText = ({ from, to }: Span): string => `${from} to ${to}`;

function attemptsAtOnce(spans: readonly Span[]): string[] {
  return pairs(spans)
    .filter(([a, b]) => a.build.id === b.build.id && overlap(a, b))
    .map(
      ([a, b]) =>
        `${nameOf(a.build)}: attempts ${a.attempt} (${spanText(a)}) and ${b.attempt} (${spanText(b)}) ran at once`,
    );
}

function buildsAtOnce(spans: readonly Span[], { oneAtATime }: Rules): string[] {
  return oneAtATime.flatMap((jobs) =>
    pairs(spans.filter(({ build }) => jobs.includes(build.job)))
      .filter(([a, b]) => a.build.id !== b.build.id && overlap(a, b))
      .map(([a, b]) => `${nameOf(a.build)} (${spanText(a)}) and ${nameOf(b.build)} (${spanText(b)}) ran at once`),
  );
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, at) => items.slice(at + 1).map((b): [T, T] => [a, b]));
}

const runOf = ({ build, attempt }: { readonly build: string; readonly attempt: number }): string =>
  `${build}.${attempt}`;

function servicesNotStopped({ builds, marks }: Records): string[] {
  const names = new Map(builds.map((build) => [build.id, nameOf(build)]));
  const ended = new Set(marks.filter(({ what }) => what === 'service-end').map(runOf));
  return marks
    .filter((mark) => mark.what === 'service-begin' && !ended.has(runOf(mark)))
    .map(({ build, attempt }) => `${names.get(build) ?? build} attempt ${attempt}: its service was never stopped`);
}

function hooksNotRun({ builds, marks, struck }: Records, { ensured }: Rules): string[] {
  return builds.flatMap((build) => {
    // The process that was killed may have been that of the hook.
    if (struck.has(build.id)) return [];
    const own = marks.filter((mark) => mark.build === build.id);
    return (ensured[build.job] ?? []).flatMap(({ task, hook }) =>
      own
        .filter(({ what, name }) => what === 'begin' && name === task)
        .filter(
          ({ attempt }) => !own.some((mark) => mark.what === 'hook' && mark.name === hook && mark.attempt === attempt),
        )
        .map(({ attempt }) => `${nameOf(build)} attempt ${attempt}: its hook ${hook} never ran`),
    );
  });
}

function versionsNotBuiltOnce({ builds, pushed, versions }: Records, { everyVersion }: Rules): string[] {
  const times = (items: readonly string[]): Map<string, number> =>
    new Map([...Map.groupBy(items, (item) => item)].map(([item, all]) => [item, all.length]));
  const [known, built] = [
    times(versions),
    times(builds.flatMap(({ job, version }) => (job === everyVersion && version !== undefined ? [version] : []))),
  ];
  const all = new Set([...pushed, ...known.keys(), ...built.keys()]);
  return [...all].flatMap((version) => {
    const counts = [known.get(version) ?? 0, built.get(version) ?? 0];
    if (!pushed.includes(version)) return [`version ${version} is one that nobody pushed`];
    return counts.every((count) => count === 1)
      ? []
      : [`version ${version} is known ${counts[0]} times, and built ${counts[1]} times`];
  });
}
