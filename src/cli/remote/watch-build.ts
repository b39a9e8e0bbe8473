/** Follows a build on the terminal, from whatever it has done already to its end. */
import type { Client } from '../../client/client.ts';
import { assertNever } from '../../lib/assert-never.ts';
import type { AttemptView, BuildStreamMessage, BuildView, StepState, StepView } from '../../protocol/builds.ts';
import { isEnded, type Outcome, outcome } from '../../protocol/status.ts';
import type { CommandContext } from '../context.ts';
import { createRunView, type RunView } from '../run-view.ts';
import { createStyle, wantsColor } from '../style.ts';

/** Gives the exit code: 0 when the build passed, 1 when it did not. With `json`, each message is a line of JSON. */
export async function watchBuild(
  client: Client,
  build: string,
  context: CommandContext,
  options: { readonly json?: boolean | undefined },
): Promise<number> {
  const watch = new BuildWatch(context);
  try {
    const onState = sayWhenAway((line) => context.stderr.write(`${line}\n`));
    for await (const { id, message } of client.stream('watchBuild', { params: { build } }, { onState })) {
      if (options.json === true) context.stdout.write(`${JSON.stringify(message)}\n`);
      watch.take(message, id !== undefined, options.json === true);
    }
    return watch.passed ? 0 : 1;
  } finally {
    watch.close();
  }
}

/** A connection that breaks and is made again is nobody's concern; a server that stays away is. Said once each time. */
export function sayWhenAway(say: (line: string) => void): (state: 'connected' | 'reconnecting') => void {
  let failures = 0;
  return (state) => {
    if (state === 'reconnecting') {
      failures += 1;
      if (failures === 2)
        say('pikoci: the server does not answer; trying again until it does (Ctrl-C to stop watching)');
      return;
    }
    if (failures >= 2) say('pikoci: the server is back');
    failures = 0;
  };
}

const encoder = new TextEncoder();

class BuildWatch {
  readonly #context: CommandContext;
  #build: BuildView | undefined;
  #steps: readonly StepView[] = [];
  #view: RunView | undefined;
  #attempt: string | undefined;
  /** While what happened before is told, time is what it was then. */
  #replayed: number | undefined;
  /** Ends of steps whose log is still on its way. */
  #ends: StepState[] = [];
  readonly #begun = new Set<string>();
  #waits: string | undefined;
  #serverProblem: string | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  get passed(): boolean {
    return this.#build?.status === 'succeeded' || this.#build?.status === 'warning';
  }

  take(message: BuildStreamMessage, numbered: boolean, quiet: boolean): void {
    if (message.event === 'snapshot') {
      this.#build = message.build;
      this.#steps = message.build.steps;
    }
    if (message.event === 'build') this.#build = message.build;
    if (quiet) return;
    switch (message.event) {
      case 'snapshot': {
        this.#header(message.build);
        const newest = message.build.attempts.at(-1);
        if (newest !== undefined) this.#attemptSeen(newest);
        break;
      }
      case 'build':
        this.#header(message.build);
        break;
      case 'attempt':
        this.#attemptSeen(message.attempt);
        break;
      case 'step':
        this.#tellEnds();
        if (message.attempt === this.#attempt) this.#step(message.state);
        break;
      case 'log':
        if (message.attempt === this.#attempt) this.#view?.log(message.step, encoder.encode(message.text));
        break;
      case 'log_skipped':
        if (message.attempt === this.#attempt) {
          this.#view?.log(message.step, encoder.encode(`… ${message.firstLine} earlier lines left out\n`));
        }
        break;
      case 'end':
        this.#tellEnds();
        this.#summary();
        break;
      default:
        assertNever(message);
    }
    // What a reader gets first has no number until its last message: then the log so far is told, and the ends can be.
    if (numbered) this.#tellEnds();
  }

  close(): void {
    this.#view?.close();
  }

  #header(build: BuildView): void {
    this.#sayServerProblem(build);
    if (build.status !== 'pending' || build.waitsFor === undefined || build.waitsFor === this.#waits) return;
    this.#waits = build.waitsFor;
    this.#viewOf().note(`${build.job} #${build.number} waits for ${build.waitsFor}`);
  }

  /** What keeps the server from knowing how the build goes: else it looks as if it ran on and on. */
  #sayServerProblem({ status, problem }: BuildView): void {
    const now = !isEnded(status) && problem?.code.startsWith('server.') ? problem : undefined;
    if (now?.code === this.#serverProblem) return;
    this.#serverProblem = now?.code;
    if (now !== undefined) this.#viewOf().note(`${now.message}; ${now.hint ?? 'look into the log of the server'}`);
    else if (!isEnded(status)) this.#viewOf().note('the server records again what happens to this build');
  }

  #attemptSeen(attempt: AttemptView): void {
    if (attempt.id !== this.#attempt) {
      this.#view?.close();
      this.#view = undefined;
      this.#begun.clear();
      this.#ends = [];
      this.#attempt = attempt.id;
      if (attempt.number > 1) this.#viewOf().note(`attempt ${attempt.number}, on ${attempt.worker}`);
    }
    for (const state of attempt.steps) if (!this.#begun.has(state.step)) this.#begin(state);
  }

  #begin(state: StepState): void {
    if (state.status === 'pending' || state.startedAt === null) return;
    this.#begun.add(state.step);
    this.#at(state.startedAt, () => this.#viewOf().stepStarted(state.step, state.try));
    if (state.status !== 'running') this.#ends.push(state);
  }

  #step(state: StepState): void {
    if (state.status === 'running' && state.endedAt === null && !this.#begun.has(state.step)) {
      this.#begun.add(state.step);
      this.#viewOf().stepStarted(state.step, state.try);
      return;
    }
    if (!this.#begun.has(state.step)) this.#begin(state);
    else this.#ends.push(state);
    this.#tellEnds();
  }

  #tellEnds(): void {
    const ends = this.#ends;
    this.#ends = [];
    for (const { step, status, exitCode, problem, endedAt } of ends) {
      const ended = outcome.safeParse(status);
      if (!ended.success) continue;
      this.#at(endedAt, () => this.#viewOf().stepEnded(step, { outcome: ended.data, exitCode, problem, again: false }));
    }
  }

  #summary(): void {
    const build = this.#build;
    if (build === undefined || !isEnded(build.status)) return;
    const ended: Outcome = build.status;
    const { startedAt, endedAt } = build;
    const ms = startedAt === null || endedAt === null ? undefined : endedAt - startedAt;
    this.#at(build.endedAt, () => this.#viewOf().ended(`${build.job} #${build.number}`, ended, build.problem, ms));
  }

  #at(instant: number | null, run: () => void): void {
    this.#replayed = instant ?? undefined;
    run();
    this.#replayed = undefined;
  }

  #viewOf(): RunView {
    const { stdout, env } = this.#context;
    const terminal = stdout.isTTY === true;
    this.#view ??= createRunView({
      write: (text) => stdout.write(text),
      style: createStyle(wantsColor(terminal, env)),
      live: terminal,
      now: () => this.#replayed ?? Date.now(),
      steps: this.#steps,
    });
    return this.#view;
  }
}
