import { describe, expect, test } from 'bun:test';
import { standardFunctions } from '../../hcl/functions/standard-functions.ts';
import type { Scope } from '../../hcl/scope.ts';
import { NUMBER, STRING } from '../../hcl/type.ts';
import {
  listValue,
  numberValue,
  objectValue,
  stringValue,
  unknownValue,
  type Value,
  withSensitivity,
} from '../../hcl/value.ts';
import { completeName } from './complete-name.ts';
import { createSession } from './session.ts';

const scope: Scope = {
  variables: new Map<string, Value>([
    [
      'var',
      objectValue([
        ['env', stringValue('prod')],
        ['image', objectValue([['tag', stringValue('v1')]])],
        ['password', withSensitivity(stringValue('swordfish'), true)],
        ['ports', listValue(NUMBER, [numberValue(1)])],
        ['vault', withSensitivity(objectValue([['key', stringValue('swordfish')]]), true)],
      ]),
    ],
    ['build', unknownValue(STRING)],
  ]),
  functions: standardFunctions(),
};

function run(...lines: readonly string[]) {
  const output = { values: '', mistakes: '', reactions: '' };
  const session = createSession(scope, {
    stdout: { write: (text) => (output.values += String(text)) },
    stderr: { write: (text) => (output.mistakes += String(text)) },
    env: {},
    cwd: '/',
    exit: () => undefined,
  });
  for (const line of lines) {
    const reaction = session.line(line);
    output.reactions += reaction.kind === 'done' && reaction.failed ? 'failed ' : `${reaction.kind} `;
  }
  return { ...output, session };
}

describe('a value is printed as HCL', () => {
  for (const [lines, printed] of [
    [['1 + 1'], '2\n'],
    [['"a" == "b"'], 'false\n'],
    [['null'], 'null\n'],
    [['tostring(null)'], 'tostring(null)\n'],
    [['"say \\"$${x}\\"\\n"'], '"say \\"$${x}\\"\\n"\n'],
    [['[]'], '[]\n'],
    [['{}'], '{}\n'],
    [['var.ports'], 'tolist([\n  1,\n])\n'],
    [
      ['{ a = [true], "b c" = tomap({ d = "e" }) }'],
      '{\n  "a" = [\n    true,\n  ]\n  "b c" = tomap({\n    "d" = "e"\n  })\n}\n',
    ],
    [['var.password'], '(sensitive)\n'],
    [['"x${var.password}"'], '(sensitive)\n'],
    [['[var.password, 1]'], '[\n  (sensitive),\n  1,\n]\n'],
    [['build'], '(string, known at run time)\n'],
    [['[', '1,', '2]'], '[\n  1,\n  2,\n]\n'],
    [['<<EOT', 'hi ${var.env}', 'EOT'], '"hi prod\\n"\n'],
    [['upper(<<EOT', 'a', 'EOT', ')'], '"A\\n"\n'],
    [['/* a', 'b */ 1'], '1\n'],
    [[' ', '# nothing'], ''],
  ] as const) {
    test(lines.join(' ⏎ '), () => expect(run(...lines)).toMatchObject({ values: printed, mistakes: '' }));
  }
});

test('a mistake is shown, and the next line is read as if nothing had been', () => {
  const { values, mistakes, reactions } = run('upper(var.evn)', '1 +', '2');
  expect(values).toBe('2\n');
  expect(reactions).toBe('failed failed done ');
  expect(mistakes).toContain('--> console:1:10');
  expect(mistakes).toContain('Did you mean "env"?');
  expect(mistakes).not.toContain('swordfish');
});

test('exit ends it, but not within an expression', () => {
  expect(run('exit').reactions).toBe('exit ');
  expect(run(' quit ').reactions).toBe('exit ');
  expect(run('[', 'exit').reactions).toBe('more more ');
});

test('what is open can be forgotten, or ends with the input', () => {
  const { session } = run('[1,');
  expect(session.end()).toEqual({ kind: 'done', failed: true });
  const other = run('[1,').session;
  other.forget();
  expect(other.line('1')).toEqual({ kind: 'done', failed: false });
});

describe('Tab completes', () => {
  for (const [line, names, typed] of [
    ['upp', ['upper('], 'upp'],
    ['1 + signu', ['signum('], 'signu'],
    ['va', ['values(', 'var'], 'va'],
    ['var.', ['var.env', 'var.image', 'var.password', 'var.ports', 'var.vault'], 'var.'],
    ['upper(var.e', ['var.env'], 'var.e'],
    ['var.image.', ['var.image.tag'], 'var.image.'],
    ['var.vault.', [], 'var.vault.'],
    ['var.env.', [], 'var.env.'],
    ['nothing.', [], 'nothing.'],
  ] as const) {
    test(line, () => expect(completeName(line, scope)).toEqual([[...names], typed]));
  }
});
