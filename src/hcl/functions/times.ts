import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { NUMBER, STRING } from '../type.ts';
import { numberValue, stringValue, type Value } from '../value.ts';
import { parameter, textAt } from './arguments.ts';
import { offsetText, parseGoDuration, parseTimestamp, type Timestamp, timestampText } from './timestamp.ts';

const timestamp = (name: string) => parameter(name, STRING, 'A timestamp, as 2006-01-02T15:04:05Z.');

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** What each verb of formatdate writes. */
function verbs(time: Timestamp): ReadonlyMap<string, string> {
  const local = new Date(time.ms + time.offsetMinutes * 60_000);
  const [month, day, hour] = [local.getUTCMonth(), local.getUTCDate(), local.getUTCHours()];
  const [minute, second] = [local.getUTCMinutes(), local.getUTCSeconds()];
  const year = String(local.getUTCFullYear()).padStart(4, '0');
  const two = (value: number): string => String(value).padStart(2, '0');
  const [monthName = '', dayName = ''] = [MONTHS[month], DAYS[local.getUTCDay()]];
  const half = hour % 12 === 0 ? 12 : hour % 12;
  const colon = offsetText(time.offsetMinutes, ':', '+00:00');
  const plain = offsetText(time.offsetMinutes, '', '+0000');
  return new Map(
    Object.entries({
      YYYY: year,
      YY: year.slice(-2),
      MMMM: monthName,
      MMM: monthName.slice(0, 3),
      MM: two(month + 1),
      M: String(month + 1),
      DD: two(day),
      D: String(day),
      EEEE: dayName,
      EEE: dayName.slice(0, 3),
      hh: two(hour),
      h: String(hour),
      HH: two(half),
      H: String(half),
      AA: hour < 12 ? 'AM' : 'PM',
      aa: hour < 12 ? 'am' : 'pm',
      mm: two(minute),
      m: String(minute),
      ss: two(second),
      s: String(second),
      ZZZZZ: colon,
      ZZZZ: plain,
      ZZZ: time.offsetMinutes === 0 ? 'UTC' : plain,
      Z: time.offsetMinutes === 0 ? 'Z' : colon,
    }),
  );
}

function formatdate(args: readonly Value[]): Value | FunctionFailure {
  const time = parseTimestamp(textAt(args, 1));
  if (typeof time === 'string') return failure(time, 1);
  const known = verbs(time);
  let problem: string | undefined;
  // Quoted text, a run of one letter, or anything else by the character.
  const text = textAt(args, 0).replace(/'(?:[^']|'')*'|'|([a-zA-Z])\1*/g, (found, letter?: string) => {
    if (letter !== undefined) {
      const written = known.get(found);
      if (written === undefined)
        problem ??= `${JSON.stringify(found)} stands for nothing in a date. Letters that stand for themselves go in single quotes.`;
      return written ?? '';
    }
    if (found === "''") return "'";
    if (found === "'") problem ??= 'A single quote is not closed.';
    return found.slice(1, -1).replaceAll("''", "'");
  });
  return problem === undefined ? stringValue(text) : failure(problem, 0);
}

function timeadd(args: readonly Value[]): Value | FunctionFailure {
  const time = parseTimestamp(textAt(args, 0));
  if (typeof time === 'string') return failure(time, 0);
  const nanos = parseGoDuration(textAt(args, 1));
  if (nanos === undefined)
    return failure(`${JSON.stringify(textAt(args, 1))} is no length of time; one looks like 1h30m, -10s or 1.5h.`, 1);
  const sum = { ...time, ms: time.ms + Math.floor((nanos + time.nanos) / 1e6) };
  return Math.abs(sum.ms) > 8e15 ? failure('The result is too far from today.', 1) : stringValue(timestampText(sum));
}

function timecmp(args: readonly Value[]): Value | FunctionFailure {
  const [a, b] = [parseTimestamp(textAt(args, 0)), parseTimestamp(textAt(args, 1))];
  if (typeof a === 'string') return failure(a, 0);
  if (typeof b === 'string') return failure(b, 1);
  return numberValue(Math.sign(a.ms - b.ms || a.nanos - b.nanos));
}

export const TIME_FUNCTIONS: readonly HclFunction[] = [
  {
    kind: 'eager',
    name: 'formatdate',
    group: 'time',
    doc: 'A timestamp written another way: YYYY year, MM month, DD day, hh hour, mm minute, ss second, EEE weekday, Z offset; text in single quotes stands for itself.',
    examples: [
      { source: 'formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")', result: '"02 Jan 2018 23:12 UTC"' },
    ],
    parameters: [parameter('format', STRING, 'How to write it.'), timestamp('time')],
    returns: STRING,
    call: formatdate,
  },
  {
    kind: 'eager',
    name: 'timeadd',
    group: 'time',
    doc: 'A timestamp some time later, or earlier if the duration is negative.',
    examples: [{ source: 'timeadd("2017-11-22T00:00:00Z", "10m")', result: '"2017-11-22T00:10:00Z"' }],
    parameters: [timestamp('time'), parameter('duration', STRING, 'As 1h30m or -10s; units are h, m, s, ms, us, ns.')],
    returns: STRING,
    call: timeadd,
  },
  {
    kind: 'eager',
    name: 'timecmp',
    group: 'time',
    doc: '-1, 0 or 1: whether the first timestamp is before, at or after the second.',
    examples: [{ source: 'timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00+01:00")', result: '0' }],
    parameters: [timestamp('first'), timestamp('second')],
    returns: NUMBER,
    call: timecmp,
  },
];

/** `timestamp` asks the clock every time, `plantimestamp` gives the moment the pipeline was set. */
export function clockFunctions(now: () => number, plannedAt: number | undefined): readonly HclFunction[] {
  const text = (ms: number): Value => stringValue(timestampText({ ms, nanos: 0, offsetMinutes: 0 }));
  const example = [{ source: 'timecmp(timestamp(), plantimestamp()) >= 0', result: 'true' }];
  const moment = (name: string, doc: string, call: () => Value): HclFunction => ({
    kind: 'eager',
    name,
    group: 'time',
    doc,
    examples: example,
    parameters: [],
    returns: STRING,
    call,
  });
  const planned = plannedAt ?? now();
  return [
    moment('timestamp', 'The current time, in UTC.', () => text(now())),
    moment('plantimestamp', 'The time at which the pipeline was set, in UTC: the same wherever it stands.', () =>
      text(planned),
    ),
  ];
}
