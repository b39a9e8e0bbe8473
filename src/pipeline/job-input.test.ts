import { describe, expect, test } from 'bun:test';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';
import { jobInput } from './job-input.fixture.ts';
import { inputValues, type JobInput, typedValue } from './job-input.ts';

const INPUTS: readonly JobInput[] = [
  jobInput('version', { required: true }),
  jobInput('target', { options: ['staging', 'production'], default: 'staging' }),
  jobInput('replicas', { type: 'number' }),
  jobInput('dry_run', { type: 'bool', default: false }),
  jobInput('hosts', { type: 'list(string)', options: ['a', 'b'] }),
  jobInput('token', { sensitive: true, options: ['x'] }),
];

test('texts become what the type says, and what is not given its default or null', () => {
  expect(inputValues('j', INPUTS, { version: '1', replicas: '3', dry_run: 'true', hosts: ['b'] })).toEqual({
    version: '1',
    target: 'staging',
    replicas: 3,
    dry_run: true,
    hosts: ['b'],
    token: null,
  });
  expect(inputValues('j', INPUTS, { version: 'v', dry_run: false, replicas: null })).toMatchObject({
    replicas: null,
    dry_run: false,
  });
});

describe('refused, with what is allowed', () => {
  const table: [string, Record<string, Json>, string, string, string][] = [
    ['unknown', { version: '1', verson: '2' }, 'input.unknown', '"verson"', 'did you mean "version"?'],
    ['nothing like it', { version: '1', zzz: '2' }, 'input.unknown', '"zzz"', 'its inputs are: version, target'],
    ['missing', {}, 'input.missing', '"version" needs a value', 'a text'],
    ['empty', { version: '' }, 'input.missing', '"version"', 'a text'],
    ['misspelt option', { version: '1', target: 'stagin' }, 'input.bad_value', '"stagin"', 'did you mean "staging"?'],
    ['no option', { version: '1', target: 'x' }, 'input.bad_value', '"x" is not one of', 'one of: "staging"'],
    ['no number', { version: '1', replicas: 'many' }, 'input.bad_value', '"many" is no number', 'a number'],
    ['no bool', { version: '1', dry_run: 'yes' }, 'input.bad_value', '"yes" is no bool', 'true or false'],
    ['in a list', { version: '1', hosts: ['a', 'c'] }, 'input.bad_value', '"c"', 'some of: "a", "b"'],
    ['an object', { version: { a: 1 } }, 'input.bad_value', 'is no string', 'a text'],
    ['a megabyte', { version: 'x'.repeat(1024 * 1024) }, 'input.too_long', '1048576 bytes', 'resource'],
    ['a zero byte', { version: 'a\0b' }, 'input.bad_value', 'zero byte', 'a text'],
    ['a secret', { version: '1', token: 'hunter2' }, 'input.bad_value', 'what was given', 'one of: "x"'],
  ];
  test.each(table)('%s', (_, given, code, message, hint) => {
    try {
      inputValues('j', INPUTS, given);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
      expect(error.hint).toContain(hint);
      expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
      expect(error.message.length).toBeLessThan(300);
    }
  });
});

test('as typed: the last counts, of a list all do', () => {
  const list = jobInput('l', { type: 'list(string)' });
  expect(typedValue(jobInput('s'), ['a', 'b'])).toBe('b');
  expect(typedValue(list, ['a'])).toEqual(['a']);
  expect(typedValue(list, ['a', 'b'])).toEqual(['a', 'b']);
  expect(typedValue(list, ['["a", "b"]'])).toEqual(['a', 'b']);
  expect(typedValue(list, ['[a'])).toEqual(['[a']);
});
