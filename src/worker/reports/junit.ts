/** JUnit XML, as the many tools that say they write it do, read piece by piece: a report may be larger than memory. */
import sax from 'sax';
import type { TestCase, TestStatus } from '../../protocol/tests.ts';

export interface JunitReader {
  /** Gives the tests that the piece completes. Throws `JunitError`. */
  push(text: string): TestCase[];
  /** To be called when there is no more. Throws `JunitError`. */
  end(): TestCase[];
}

/** The text is no well-formed XML, or not a JUnit report. What was read before it holds. */
export class JunitError extends Error {
  override readonly name = 'JunitError';
}

const MOST_NAME = 500;
/** Reports nest suites a few times; each open element takes memory. */
const MOST_DEPTH = 1_000;
const MOST_MESSAGE = 4_096;
/** How much of an attribute's text the XML reader holds. */
const LARGEST_ATTRIBUTE = 4 * 1024 * 1024;

const STATUS_OF: Readonly<Record<string, TestStatus>> = { failure: 'failed', error: 'errored', skipped: 'skipped' };
/** Surefire's words for a test that failed and then passed. */
const FLAKY = new Set(['flakyFailure', 'flakyError']);

interface OpenCase {
  readonly suite: string;
  readonly name: string;
  readonly place: string | undefined;
  readonly durationMs: number | undefined;
  status: TestStatus;
  flaky: boolean;
  message: string;
}

export function createJunitReader(): JunitReader {
  Object.assign(sax, { MAX_BUFFER_LENGTH: LARGEST_ATTRIBUTE });
  const parser = sax.parser(true, { trim: false, normalize: false, position: true });
  const suites: string[] = [];
  const done: TestCase[] = [];
  let depth = 0;
  let test: OpenCase | undefined;
  /** Inside of `failure` and the like: its text is the message. */
  let telling = false;

  parser.onerror = (error) => {
    const [first = ''] = error.message.split('\n');
    throw new JunitError(`line ${parser.line + 1}: ${first.replace(/\.$/, '').toLowerCase()}`);
  };
  parser.onopentag = ({ name, attributes }) => {
    const attribute = (key: string): string | undefined => {
      const value = attributes[key];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    depth += 1;
    if (depth > MOST_DEPTH) throw new JunitError(`line ${parser.line + 1}: its elements are nested too deep`);
    const local = name.replace(/^.*:/, '');
    if (depth === 1 && local !== 'testsuites' && local !== 'testsuite') {
      throw new JunitError(`it is not a JUnit report: its root is <${cut(name, 60)}>, not <testsuites> or <testsuite>`);
    }
    const status = STATUS_OF[local];
    if (local === 'testsuite') {
      suites.push(attribute('name') ?? '');
    } else if (local === 'testcase' && test === undefined) {
      test = {
        suite: cut(attribute('classname') ?? suites.findLast((suite) => suite !== '') ?? '', MOST_NAME),
        name: cut(attribute('name') ?? '(no name)', MOST_NAME),
        place: placeOf(attribute('file'), attribute('line')),
        durationMs: durationOf(attribute('time')),
        status: 'passed',
        flaky: false,
        message: '',
      };
    } else if (test !== undefined && (status !== undefined || FLAKY.has(local))) {
      // The first of several says what went wrong first.
      if (status !== undefined && test.status === 'passed') test.status = status;
      if (FLAKY.has(local)) test.flaky = true;
      const message = attribute('message') ?? attribute('type');
      if (message !== undefined && test.message.length < MOST_MESSAGE) test.message += `${message}\n`;
      telling = true;
    }
  };
  const text = (piece: string): void => {
    // Twice as much as is kept: of a long one the beginning counts.
    if (telling && test !== undefined && test.message.length < 2 * MOST_MESSAGE) test.message += piece;
  };
  parser.ontext = text;
  parser.oncdata = text;
  parser.onclosetag = (name) => {
    depth -= 1;
    const local = name.replace(/^.*:/, '');
    if (local === 'testsuite') suites.pop();
    if (STATUS_OF[local] !== undefined || FLAKY.has(local)) telling = false;
    if (local !== 'testcase' || test === undefined) return;
    const message = messageOf(test.message);
    done.push({
      suite: test.suite,
      name: test.name,
      status: test.status,
      ...(test.durationMs !== undefined && { durationMs: test.durationMs }),
      ...(message !== '' && test.status !== 'passed' && { message }),
      ...(test.place !== undefined && { place: test.place }),
      ...(test.flaky && { flaky: true }),
    });
    test = undefined;
  };

  let seen = false;
  return {
    push(piece) {
      seen ||= piece.trim() !== '';
      parser.write(piece);
      return done.splice(0);
    },
    end() {
      if (!seen) throw new JunitError('it is empty');
      parser.close();
      return done.splice(0);
    },
  };
}

/** Many tools write the message both as an attribute and as the beginning of the text. */
function messageOf(text: string): string {
  const lines = text.trim().split('\n');
  const [first = '', second = ''] = lines;
  if (lines.length > 1 && second.trim().endsWith(first.trim())) lines.shift();
  return cut(lines.join('\n').trim(), MOST_MESSAGE);
}

/** Never through the middle of a character. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

/** Seconds, some tools write with a comma for thousands. */
function durationOf(time: string | undefined): number | undefined {
  const seconds = Number(time?.replaceAll(',', ''));
  return time === undefined || !Number.isFinite(seconds) || seconds < 0 ? undefined : Math.round(seconds * 1e6) / 1e3;
}

function placeOf(file: string | undefined, line: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  return cut(line !== undefined && /^\d+$/.test(line) ? `${file}:${line}` : file, MOST_NAME);
}
