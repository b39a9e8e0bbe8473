/** What happens to whom and when: made of a seed and nothing else, so that a run can be had again. */
import { createRandom, type Random } from './random.ts';

/** What there is in a run that things can happen to. */
export interface Cast {
  readonly servers: number;
  readonly workers: number;
  readonly broker: boolean;
  readonly database: boolean;
  /** Whether servers and workers have networks of their own, whose cables can be pulled. */
  readonly cables: boolean;
  /** How long a worker may be silent before its builds go to another. */
  readonly leaseMs: number;
}

export type Target =
  | { readonly kind: 'server' | 'worker'; readonly number: number }
  | { readonly kind: 'broker' }
  | { readonly kind: 'database' }
  /** The process that waits beside a worker for its death. */
  | { readonly kind: 'guard'; readonly number: number }
  /** Any process of a step, a hook or a service that runs at that time. */
  | { readonly kind: 'step' };

/** A way over the network: a worker's to the queue (and to the server, for files), a server's to the broker or the database. */
export type Way = { readonly from: 'worker' | 'server'; readonly number: number; readonly to: 'queue' | 'database' };

export type Blow =
  /** `kill -9`; it is started again after a while. */
  | { readonly kind: 'kill'; readonly target: Target; readonly forMs: number }
  /** It is asked to end (`SIGTERM`) or to finish what it runs (`SIGQUIT`), and started again. */
  | { readonly kind: 'end'; readonly target: Target; readonly signal: 'SIGTERM' | 'SIGQUIT'; readonly forMs: number }
  /** `SIGSTOP`, and after a while `SIGCONT`; with `all` everything that it has started stands still, too, as on a machine that sleeps. */
  | { readonly kind: 'pause'; readonly target: Target; readonly all: boolean; readonly forMs: number }
  /** The cable of its network is pulled: nothing comes through, on any of its ways, and nobody is told. */
  | { readonly kind: 'pull'; readonly target: Target; readonly forMs: number }
  /** `cut`: connections break. `shut`: and no new ones come about. `stall`: they stand, and nothing comes through. */
  | { readonly kind: 'net'; readonly way: Way; readonly how: 'cut' | 'shut' | 'stall'; readonly forMs: number };

export type Planned = Blow & { readonly atMs: number };

export interface ScheduleOptions {
  readonly seed: number;
  readonly forMs: number;
  /** On average so long from one blow to the next. */
  readonly everyMs: number;
  readonly cast: Cast;
}

export function makeSchedule({ seed, forMs, everyMs, cast }: ScheduleOptions): Planned[] {
  const random = createRandom(seed);
  const planned: Planned[] = [];
  /** Until when somebody is down or cut off: nothing else happens to them meanwhile. */
  const busyUntil = new Map<string, number>();
  for (let atMs = random.between(everyMs / 2, everyMs); atMs < forMs; ) {
    const blow = makeBlow(random, cast);
    const name = blow.kind === 'net' ? nameOfWay(blow.way) : nameOfTarget(blow.target);
    if ((busyUntil.get(name) ?? 0) <= atMs) {
      planned.push({ ...blow, atMs });
      busyUntil.set(name, atMs + blow.forMs + SETTLING_MS);
    }
    atMs += random.between(everyMs / 4, (everyMs * 7) / 4);
  }
  return planned;
}

/** After it is back, before the next thing happens to it. */
const SETTLING_MS = 1_500;

function makeBlow(random: Random, cast: Cast): Blow {
  const target = makeTarget(random, cast);
  const short = () => random.between(200, 2_500);
  const long = () => random.between(Math.floor(cast.leaseMs * 0.8), Math.floor(cast.leaseMs * 2));
  // Without a server, its database or the broker nothing is done at all: these are seldom away for long.
  const longShare = target.kind === 'worker' ? 0.3 : 0.08;
  const span = () => (random.next() < longShare ? long() : short());
  if (target.kind === 'step' || target.kind === 'guard') return { kind: 'kill', target, forMs: 0 };
  if (target.kind === 'broker' || target.kind === 'database') {
    if (random.next() < 0.4) return { kind: 'pause', target, all: true, forMs: span() };
    return { kind: 'kill', target, forMs: span() };
  }
  const kind = random.weighted<Blow['kind']>([
    ['kill', 5],
    ['pause', 2],
    ['end', 2],
    ['net', 4],
    ['pull', cast.cables ? 3 : 0],
  ]);
  switch (kind) {
    case 'kill':
      return { kind, target, forMs: span() };
    case 'end':
      return { kind, target, signal: random.oneOf(['SIGTERM', 'SIGQUIT']), forMs: short() };
    case 'pause':
      return makePause(random, target, cast.leaseMs, span());
    case 'pull':
      return { kind, target, forMs: span() };
    case 'net':
      return makeCut(random, target, cast, span());
  }
}

/**
 * A worker that stands still alone cannot end the steps that go on without it: it does so for less time than its fence needs. Longer ones are
 * those of a machine that sleeps.
 */
function makePause(random: Random, target: Target, leaseMs: number, span: number): Blow {
  const all = target.kind === 'worker' && random.next() < 0.5;
  const most = target.kind === 'worker' && !all ? Math.floor(leaseMs / 3) : span;
  return { kind: 'pause', target, all, forMs: Math.min(span, most) };
}

function makeCut(random: Random, target: Target, cast: Cast, forMs: number): Blow {
  if (target.kind !== 'server' && target.kind !== 'worker') throw new Error('only servers and workers have ways');
  const ends: Way['to'][] = [];
  if (target.kind === 'worker' || cast.broker) ends.push('queue');
  if (target.kind === 'server' && cast.database) ends.push('database');
  const [first, ...rest] = ends;
  // A server that keeps everything beside itself and is itself the queue has no way of its own.
  if (first === undefined) return { kind: 'kill', target, forMs };
  const how = random.oneOf(['cut', 'shut', 'stall']);
  const way: Way = { from: target.kind, number: target.number, to: random.oneOf([first, ...rest]) };
  return { kind: 'net', way, how, forMs: how === 'cut' ? 0 : forMs };
}

function makeTarget(random: Random, { servers, workers, broker, database }: Cast): Target {
  const kind = random.weighted<Target['kind']>([
    ['server', 4],
    ['worker', 6],
    ['step', 2],
    ['guard', 1],
    ['broker', broker ? 2 : 0],
    ['database', database ? 2 : 0],
  ]);
  if (kind === 'server') return { kind, number: random.between(0, servers - 1) };
  if (kind === 'worker' || kind === 'guard') return { kind, number: random.between(0, workers - 1) };
  return { kind };
}

function nameOfTarget(target: Target): string {
  return 'number' in target ? `${target.kind} ${target.number}` : target.kind;
}

function nameOfWay({ from, number, to }: Way): string {
  return `${from} ${number} -> ${to}`;
}

export function describeBlow(blow: Blow): string {
  const seconds = `${(blow.forMs / 1_000).toFixed(1)} s`;
  switch (blow.kind) {
    case 'kill':
      if (blow.target.kind === 'step') return 'kill -9 a step';
      if (blow.target.kind === 'guard') return `kill -9 the guard of worker ${blow.target.number}`;
      return `kill -9 ${nameOfTarget(blow.target)}, back in ${seconds}`;
    case 'end':
      return `${blow.signal} to ${nameOfTarget(blow.target)}, back ${seconds} after its end`;
    case 'pause':
      return `${nameOfTarget(blow.target)}${blow.all ? ' and all it runs' : ''} stands still for ${seconds}`;
    case 'pull':
      return `the cable of ${nameOfTarget(blow.target)} is pulled for ${seconds}`;
    case 'net':
      return `${nameOfWay(blow.way)}: ${blow.how}${blow.how === 'cut' ? '' : ` for ${seconds}`}`;
  }
}
