/** A way to one field of a JSON text: `tag_name`, `$.releases[0].version`, `items[-1]["full name"]`. */
import { CodedError } from '../../lib/coded-error.ts';

const STEP = /^(?:\.?([A-Za-z_$@][\w$@-]*|\d+)|\[(-?\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\['((?:[^'\\]|\\.)*)'\])/;

/** Throws `bad_json_path`. */
export function parseJsonPath(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  let rest = path.trim().replace(/^\$(?=\.|\[|$)/, '');
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match === null) {
      throw new CodedError(
        'bad_json_path',
        `"json_path" is ${JSON.stringify(path)}, and from ${JSON.stringify(rest)} on it is no way to a field.`,
        {
          hint: 'Write it like $.releases[0].version.',
        },
      );
    }
    const [all, name, index, double, single] = match;
    steps.push(index === undefined ? (name ?? double ?? single ?? '') : Number(index));
    rest = rest.slice(all.length);
  }
  return steps;
}

/** The field as text. Throws `bad_json_path`, `http_answer` when the text is no JSON, `no_version` when there is no such field, or it is no text. */
export function readJsonPath(text: string, path: string, where: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CodedError(
      'http_answer',
      `${where} answered with what is not JSON: ${JSON.stringify(text.slice(0, 60))}…`,
      {
        hint: 'Is it the address of the API itself, and not of a page for people?',
      },
    );
  }
  const gone: string[] = [];
  for (const step of parseJsonPath(path)) {
    const next = child(value, step);
    if (next === undefined) throw missing(value, step, gone.join(''), where);
    value = next;
    gone.push(typeof step === 'number' ? `[${step}]` : `.${step}`);
  }
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new CodedError(
    'no_version',
    `The field ${path} of ${where} is ${kindOf(value)}, and a version is a text or a number.`,
  );
}

function child(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) {
    const index = Number(step);
    return Number.isInteger(index) ? value.at(index) : undefined;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return Reflect.get(value, step);
}

function missing(value: unknown, step: string | number, gone: string, where: string): CodedError {
  const names = typeof value === 'object' && value !== null ? Object.keys(value).slice(0, 12).join(', ') : '';
  const has = Array.isArray(value)
    ? `a list of ${value.length}`
    : names === ''
      ? kindOf(value)
      : `an object with ${names}`;
  return new CodedError('no_version', `${where} has no ${JSON.stringify(step)} in $${gone}, which is ${has}.`, {
    hint: 'Look at the parameter "json_path".',
  });
}

const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : value === ''
      ? 'an empty text'
      : Array.isArray(value)
        ? 'a list'
        : typeof value === 'object'
          ? 'an object'
          : `a ${typeof value}`;
