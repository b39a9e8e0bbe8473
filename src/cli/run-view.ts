/**
 * A build as it runs, for a person at a terminal or for a log file.
 *
 * On a terminal: a line for each step as it begins, its output indented below it, a tick or a cross with its duration when it is over,
 * and at the bottom one live line that says what runs and for how long. Elsewhere: plain lines, each prefixed by its step.
 */
import { formatDuration } from '../lib/duration.ts';
import type { ProblemDetail } from '../protocol/events.ts';
import type { Outcome } from '../protocol/status.ts';
import type { Style } from './style.ts';
import { createTerminalText, type TerminalText } from './terminal-text.ts';

export interface RunViewStep {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
}

export interface RunViewOptions {
  readonly write: (text: string) => void;
  readonly style: Style;
  /** True on a terminal: the live line is drawn and drawn again. */
  readonly live: boolean;
  readonly now: () => number;
  readonly steps: readonly RunViewStep[];
}

export interface RunView {
  stepStarted(id: string, attempt: number): void;
  log(id: string, bytes: Uint8Array): void;
  stepEnded(
    id: string,
    end: { outcome: Outcome; exitCode?: number | undefined; problem?: ProblemDetail | undefined; again: boolean },
  ): void;
  /** What a step wrote to `PIKOCI_SUMMARY`: shown with the end. */
  summary(id: string, text: string): void;
  /** The whole is over: the summary. `ms`: how long it took, when that is not since the view was made. */
  ended(title: string, outcome: Outcome, problem?: ProblemDetail, ms?: number): void;
  /** A line that belongs to no step. */
  note(text: string): void;
  close(): void;
}

interface Running {
  readonly startedAt: number;
  readonly decoder: TextDecoder;
  readonly terminal: TerminalText;
  partial: string;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 100;

const WORDS: Readonly<Record<Outcome, string>> = {
  succeeded: 'passed',
  failed: 'failed',
  errored: 'errored',
  cancelled: 'cancelled',
  skipped: 'skipped',
  warning: 'failed (allowed)',
};

/** Of the whole, where steps may fail that do not fail it. */
const WORDS_OF_ALL: Readonly<Record<Outcome, string>> = { ...WORDS, warning: 'passed, with warnings' };

/** Whoever never ends a line has it ended here, for what is kept of it must not grow for ever. */
const LONGEST_LINE = 1024 * 1024;

const inAll = (ms: number): string => (ms < 1 ? 'at once' : `in ${formatDuration(ms)}`);

export function createRunView(options: RunViewOptions): RunView {
  const { write, style, live, now } = options;
  const running = new Map<string, Running>();
  const done: {
    id: string;
    outcome: Outcome;
    ms: number;
    why: string | undefined;
  }[] = [];
  const names = new Map(options.steps.map((step) => [step.id, step]));
  const summaries = new Map<string, string>();
  const startedAt = now();
  let frame = 0;
  let drawn = false;
  let lastPrinted: string | undefined;

  const mark = (outcome: Outcome): string => {
    switch (outcome) {
      case 'succeeded':
        return style.green('✓');
      case 'failed':
        return style.red('✗');
      case 'errored':
      case 'warning':
        return style.yellow('!');
      default:
        return style.dim('-');
    }
  };
  const nameOf = (id: string): string => names.get(id)?.name ?? id;

  function erase(): void {
    if (!drawn) return;
    write('\r\x1b[2K');
    drawn = false;
  }
  function draw(): void {
    if (!live || running.size === 0) return;
    erase();
    const parts = [...running]
      .slice(0, 3)
      .map(([id, step]) => `${nameOf(id)} ${style.dim(formatDuration(now() - step.startedAt))}`);
    const more = running.size > 3 ? style.dim(` and ${running.size - 3} more`) : '';
    write(`${style.blue(FRAMES[frame % FRAMES.length] ?? '')} ${parts.join(', ')}${more}`);
    drawn = true;
  }
  function line(text: string): void {
    erase();
    write(`${text}\n`);
  }
  function logLine(id: string, text: string): void {
    const shown = text.replace(/^.*\r(?=[^\r])/s, '').replace(/\r$/, '');
    const reset = style.enabled && shown.includes('\x1b') ? '\x1b[0m' : '';
    if (!live) {
      line(`${nameOf(id)} | ${style.enabled ? shown : shown.replace(/\x1b\[[0-9;:]*m/g, '')}`);
      return;
    }
    if (lastPrinted !== id) {
      line(style.dim(`  ${nameOf(id)}:`));
      lastPrinted = id;
    }
    line(`  ${shown}${reset}`);
  }

  const timer = live
    ? setInterval(() => {
        frame += 1;
        draw();
      }, REDRAW_MS)
    : undefined;

  return {
    stepStarted(id, attempt) {
      // A group shows by its steps.
      if (names.get(id)?.kind === 'in_parallel') return;
      running.set(id, { startedAt: now(), decoder: new TextDecoder(), terminal: createTerminalText(), partial: '' });
      const step = names.get(id);
      const again = attempt > 1 ? style.yellow(` (try ${attempt})`) : '';
      line(
        `${style.blue(live ? '▸' : '>')} ${style.bold(nameOf(id))}${again} ${style.dim(step?.summary ?? '')}`.trimEnd(),
      );
      lastPrinted = id;
      draw();
    },
    log(id, bytes) {
      const step = running.get(id);
      if (step === undefined) return;
      const [rest = '', ...lines] = step.terminal.push(step.decoder.decode(bytes, { stream: true })).split('\n');
      step.partial += rest;
      for (const next of lines) {
        logLine(id, step.partial);
        step.partial = next;
      }
      if (step.partial.length > LONGEST_LINE) {
        logLine(id, step.partial);
        step.partial = '';
      }
      draw();
    },
    stepEnded(id, { outcome, exitCode, problem, again }) {
      if (names.get(id)?.kind === 'in_parallel' && problem === undefined) return;
      const step = running.get(id);
      if (step !== undefined) {
        const rest = step.partial + step.terminal.push(step.decoder.decode()) + step.terminal.flush();
        if (rest !== '') logLine(id, rest);
      }
      running.delete(id);
      const ms = step === undefined ? 0 : now() - step.startedAt;
      const why =
        problem?.message ?? (exitCode === undefined || exitCode === 0 ? undefined : `exited with ${exitCode}`);
      if (!again) done.push({ id, outcome, ms, why });
      const detail = why === undefined ? '' : `: ${why}`;
      line(
        `${mark(outcome)} ${nameOf(id)} ${style.dim(`${WORDS[outcome]}${detail} ${formatDuration(ms)}`)}${again ? style.yellow(' trying again') : ''}`,
      );
      if (problem?.hint !== undefined && outcome !== 'succeeded') line(style.dim(`  ${problem.hint}`));
      lastPrinted = undefined;
      draw();
    },
    summary(id, text) {
      summaries.set(id, text);
    },
    ended(title, outcome, problem, ms) {
      erase();
      for (const [id, text] of summaries) {
        const terminal = createTerminalText();
        line(`\n${style.bold(`Summary of ${nameOf(id)}`)}\n${(terminal.push(text) + terminal.flush()).trimEnd()}`);
      }
      const width = Math.max(0, ...done.map(({ id }) => nameOf(id).length));
      write('\n');
      for (const step of done) {
        const why =
          step.outcome === 'succeeded' || step.why === undefined ? '' : `  ${step.why.replace(/\s*\n\s*/g, ' ')}`;
        const allowed = step.outcome === 'warning' ? ' (allowed)' : '';
        line(
          `  ${mark(step.outcome)} ${nameOf(step.id).padEnd(width)}  ${style.dim(formatDuration(step.ms).padStart(7))}${why}${allowed}`,
        );
      }
      line(`${mark(outcome)} ${style.bold(title)} ${WORDS_OF_ALL[outcome]} ${inAll(ms ?? now() - startedAt)}`);
      if (problem !== undefined && outcome !== 'succeeded') {
        line(`  ${problem.message}`);
        if (problem.hint !== undefined) line(`  ${style.dim(problem.hint)}`);
      }
    },
    note(text) {
      line(text);
      draw();
    },
    close() {
      clearInterval(timer);
      erase();
    },
  };
}
