import { expect, test } from 'bun:test';
import { parseCheckAnswer } from './check-answer.ts';
import { createMasks } from './secrets/masks.ts';

const masks = createMasks();
masks.add('hunter2hunter2');

test.each([
  ['[]', []],
  [
    '[{"ref":"a"},{"ref":"b"}]\n',
    [
      { version: { ref: 'a' }, metadata: {} },
      { version: { ref: 'b' }, metadata: {} },
    ],
  ],
  ['[{"a":{"b":[1,null]}}]', [{ version: { a: { b: [1, null] } }, metadata: {} }]],
  [
    '[{"version":{"ref":"a"},"metadata":{"author":"me","lines":3}}]',
    [{ version: { ref: 'a' }, metadata: { author: 'me', lines: '3' } }],
  ],
  ['[{"version":"1.2"}]', [{ version: { version: '1.2' }, metadata: {} }]],
  [
    '[{"version":{"ref":"a"},"metadata":{"by":"hunter2hunter2"}}]',
    [{ version: { ref: 'a' }, metadata: { by: '***' } }],
  ],
])('%s', (text, expected) => {
  expect(parseCheckAnswer(text, masks)).toEqual({ ordered: false, versions: expected });
});

test('a list whose order counts', () => {
  const versions = [{ version: { ref: 'a' }, metadata: {} }];
  for (const ordered of [true, false]) {
    expect(parseCheckAnswer(JSON.stringify({ ordered, versions: [{ ref: 'a' }] }), masks)).toEqual({
      ordered,
      versions,
    });
  }
});

test.each([
  ['', 'check.no_output'],
  [' \n', 'check.no_output'],
  ['fatal: repository not found', 'check.not_json'],
  ['[{"ref":"a"}] and more', 'check.not_json'],
  ['{"ref":"a"}', 'check.not_a_list'],
  ['"a"', 'check.not_a_list'],
  ['{"versions":[{"ref":"a"}]}', 'check.not_a_list'],
  ['{"ordered":true,"versions":{"ref":"a"}}', 'check.not_a_list'],
  ['{"ordered":true,"versions":["a"]}', 'check.not_an_object'],
  ['["a"]', 'check.not_an_object'],
  ['[["a"]]', 'check.not_an_object'],
  ['[{"ref":"a"},{}]', 'check.empty_version'],
  ['[{"version":{}}]', 'check.empty_version'],
  ['[{"ref":"hunter2hunter2"}]', 'check.secret_in_version'],
])('%p is refused: %s', (text, code) => {
  const refusal = (() => {
    try {
      return parseCheckAnswer(text, masks);
    } catch (error) {
      return error as Error;
    }
  })();
  expect(refusal).toMatchObject({ code });
  expect(String(refusal)).not.toContain('hunter2');
});
