interface Readable {
  readonly length: number;
  text(index: number): string;
}

/** Lines of a log, by index among the loaded ones; `at` is the one that says what is wrong, if one was found. */
export interface Excerpt {
  readonly from: number;
  readonly to: number;
  readonly at: number | undefined;
}

const LOUD =
  /\b(?:fatal|panic|traceback|segmentation fault|unhandled|uncaught|assert(?:ion)?(?:error| failed)|not ok|command not found|no such file)\b|(?:^|[^\w-])(?:error|err!)(?:\[\w+\]|\s+[a-z]+\d+)?[:!]|\bfail(?:ed|ure)?\b|^\s*(?:✗|✘|×|✖)|\w(?:Error|Exception):/i;
/** "0 failed", "no errors", "failed: 0", our own line about reports, and what only mentions the word. */
const CALM =
  /\b(?:0|no|zero|without)\s+(?:tests?\s+)?(?:errors?|fail\w*)|\bfail\w*[:=]\s*0\b|\b(?:fail|error)s?_(?:fast|on)|--\S*(?:fail|error)|\bon[-_](?:fail|error)|^tests: \d+ passed/i;

const BEFORE = 2;
const LINES = 10;

/**
 * What a person wants to see first of a step that failed: the first line that looks like an error, with a little of what surrounds it.
 * Without such a line, the end of the log, where most programs say why they stopped. A guess by words; the whole log is below it.
 * Only the last 20,000 lines are looked at.
 */
export function firstError(log: Readable): Excerpt {
  for (let at = Math.max(0, log.length - 20_000); at < log.length; at++) {
    const text = log.text(at).slice(0, 1_000);
    if (LOUD.test(text) && !CALM.test(text)) {
      const from = Math.max(0, at - BEFORE);
      return { from, to: Math.min(log.length, from + LINES), at };
    }
  }
  return { from: Math.max(0, log.length - LINES), to: log.length, at: undefined };
}
