import { expect, test } from 'bun:test';
import type { JobInputView } from '../../protocol/gates.ts';
import { emptyFields, givenFields } from './input-form.ts';

const input = (name: string, type: JobInputView['type'], more: Partial<JobInputView> = {}): JobInputView => ({
  name,
  type,
  required: false,
  sensitive: false,
  ...more,
});

test('fields begin with the defaults, and what is empty is left out', () => {
  const inputs = [
    input('version', 'string', { required: true }),
    input('count', 'number', { default: 3 }),
    input('dry_run', 'bool', { default: true }),
    input('force', 'bool'),
    input('hosts', 'list(string)', { default: ['a', 'b'] }),
    input('zones', 'list(string)', { options: ['x', 'y'] }),
  ];
  const fields = emptyFields(inputs);
  expect(fields).toEqual({ version: '', count: '3', dry_run: true, force: '', hosts: 'a\nb', zones: [] });
  expect(givenFields(inputs, fields)).toEqual({ count: '3', dry_run: true, hosts: ['a', 'b'], zones: [] });
  expect(givenFields(inputs, { ...fields, version: 'v', hosts: '\nc\n', zones: ['y'] })).toMatchObject({
    version: 'v',
    hosts: ['c'],
    zones: ['y'],
  });
});
