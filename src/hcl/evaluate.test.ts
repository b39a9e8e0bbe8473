import { describe, expect, test } from 'bun:test';
import { errorDiagnostic } from './diagnostic.ts';
import { evaluate } from './evaluate.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { parseExpression } from './parse.ts';
import type { Scope } from './scope.ts';
import { describeType, listType, mapType, objectType, STRING } from './type.ts';
import {
  isSensitiveWithin,
  isWhollyKnown,
  listValue,
  objectValue,
  stringValue,
  typeOf,
  unknownValue,
  type Value,
  withSensitivity,
} from './value.ts';
import { fromJson, toJsonText } from './value-json.ts';

const secret = withSensitivity(stringValue('hunter2'), true);
const variables = new Map<string, Value>([
  ['plain', fromJson({ name: 'app', list: [1, 2], port: 80 })],
  ['secret', secret],
  [
    'mixed',
    objectValue([
      ['open', stringValue('a')],
      ['shut', secret],
    ]),
  ],
  ['later', unknownValue()],
  ['text', unknownValue(STRING)],
  ['texts', unknownValue(listType(STRING))],
  ['map', unknownValue(mapType(STRING))],
  ['object', unknownValue(objectType(new Map([['a', STRING]])))],
  ['half', listValue(STRING, [stringValue('a'), unknownValue(STRING)])],
]);
const scope: Scope = { variables, functions: standardFunctions({ clock: { now: () => 0 } }) };

function run(source: string, within: Scope = scope) {
  const { expression, diagnostics } = parseExpression(source, 'test');
  expect(diagnostics).toEqual([]);
  return evaluate(expression, within);
}

/** The type of what is unknown, or the value; `!` where it is sensitive as a whole, `~` where only something in it is. */
function summary(source: string): string {
  const { value, diagnostics } = run(source);
  expect(diagnostics).toEqual([]);
  const mark = value.sensitive ? ' !' : isSensitiveWithin(value) ? ' ~' : '';
  return (
    (isWhollyKnown(value)
      ? toJsonText(value)
      : value.kind === 'unknown'
        ? `? ${describeType(typeOf(value))}`
        : `${value.kind} with ?`) + mark
  );
}

describe('what is unknown flows on', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['later', '? any'],
    ['later.a.b[0]', '? any'],
    ['later[*].x', '? any'],
    ['text', '? string'],
    ['"a ${text}"', '? string'],
    ['"${later}"', '? any'],
    ['later + 1', '? number'],
    ['-later', '? number'],
    ['later > 1', '? bool'],
    ['later == 1', '? bool'],
    ['later == null', '? bool'],
    ['!later', '? bool'],
    ['later && true', '? bool'],
    ['later && false', 'false'],
    ['false && later', 'false'],
    ['true || later', 'true'],
    ['text == 1', 'false'],
    ['later ? 1 : 2', '? number'],
    ['later ? "a" : 2', '? string'],
    ['true ? later : 1', '? any'],
    ['true ? texts[0] : 1', '? string'],
    ['texts[0]', '? string'],
    ['map["a"]', '? string'],
    ['map.a', '? string'],
    ['object.a', '? string'],
    ['plain[later]', '? any'],
    ['[1, later]', 'tuple with ?'],
    ['[1, later][0]', '1'],
    ['{ a = later, b = 1 }.b', '1'],
    ['{ (text) = 1 }', '? any'],
    ['[for x in texts : x]', '? any'],
    ['[for x in [1, later] : x]', 'tuple with ?'],
    ['[for x in [1, 2] : x if later]', '? any'],
    ['{ for x in [text] : x => 1 }', '? any'],
    ['"%{ if later }a%{ endif }"', '? string'],
    ['"%{ for x in texts }${x}%{ endfor }"', '? string'],
    ['upper(text)', '? string'],
    ['length(texts)', '? number'],
    ['length(half)', '2'],
    ['element(half, 0)', '"a"'],
    ['keys({ a = later })', '["a"]'],
    ['merge({ a = later }, { b = 1 }).b', '1'],
    ['lookup({ a = later }, "b", 3)', '3'],
    ['coalesce("x", later)', '"x"'],
    ['coalesce(text, "x")', '? string'],
    ['jsonencode([later])', '? string'],
    ['tolist([text, "a"])', 'list with ?'],
    ['tostring(later)', '? string'],
    ['contains(half, "a")', 'true'],
    ['contains(half, "b")', '? bool'],
    ['can(later.x)', '? bool'],
    ['try(later.x, 1)', '? any'],
    ['max(later...)', '? any'],
    ['concat(half, ["b"])', 'tuple with ?'],
  ];
  for (const [source, expected] of cases) test(source, () => expect(summary(source)).toBe(expected));
});

describe('what is sensitive stays so', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['secret', '"hunter2" !'],
    ['"x ${secret} y"', '"x hunter2 y" !'],
    ['"${secret}"', '"hunter2" !'],
    ['[secret]', '["hunter2"] ~'],
    ['[secret, 1][1]', '1'],
    ['mixed', '{"open":"a","shut":"hunter2"} ~'],
    ['mixed.open', '"a"'],
    ['mixed.shut', '"hunter2" !'],
    ['mixed["shut"]', '"hunter2" !'],
    ['mixed[*].shut', '["hunter2"] ~'],
    ['secret == "a"', 'false !'],
    ['mixed == { open = "a" }', 'false !'],
    ['secret == "a" ? 1 : 2', '2 !'],
    ['true ? secret : "a"', '"hunter2" !'],
    ['true ? "a" : secret', '"a"'],
    ['{ (secret) = 1 }', '{"hunter2":1} !'],
    ['[for x in [secret, "a"] : upper(x)]', '["HUNTER2","A"] ~'],
    ['[for x in ["a"] : x if secret != x]', '["a"] !'],
    ['{ for x in [secret] : x => 1 }', '{"hunter2":1} !'],
    ['{ for k, v in mixed : k => v }', '{"open":"a","shut":"hunter2"} ~'],
    ['"%{ if secret == "a" }x%{ else }y%{ endif }"', '"y" !'],
    ['"%{ for x in [secret] }${x}%{ endfor }"', '"hunter2" !'],
    ['upper(secret)', '"HUNTER2" !'],
    ['length(secret)', '7 !'],
    ['length([secret])', '1'],
    ['keys(mixed)', '["open","shut"]'],
    ['values(mixed)', '["a","hunter2"] ~'],
    ['merge(mixed, { x = 1 }).x', '1'],
    ['jsonencode(mixed)', '"{\\"open\\":\\"a\\",\\"shut\\":\\"hunter2\\"}" !'],
    ['join(",", [secret, "a"])', '"hunter2,a" !'],
    ['split("t", secret)', '["hun","er2"] !'],
    ['split("t", secret)[0]', '"hun" !'],
    ['toset([secret, "a"])', '["a","hunter2"] !'],
    ['tolist([secret, "a"])[1]', '"a"'],
    ['tomap(mixed).shut', '"hunter2" !'],
    ['format("%s", secret)', '"hunter2" !'],
    ['try(secret, 1)', '"hunter2" !'],
    ['later == secret', '? bool !'],
    ['"${later}${secret}"', '? string !'],
    ['base64encode(secret)', '"aHVudGVyMg==" !'],
    ['templatestring("$${x}", { x = secret })', '"hunter2" !'],
    ['[secret][*]', '["hunter2"] ~'],
    ['concat([secret], ["a"])[1]', '"a"'],
  ];
  for (const [source, expected] of cases) test(source, () => expect(summary(source)).toBe(expected));
});

describe('no message shows a sensitive value', () => {
  const sources = [
    'secret + 1',
    'secret.x',
    'secret[0]',
    'tonumber(secret)',
    'tobool(secret)',
    'secret ? 1 : 2',
    'parseint(secret, 10)',
    'mixed.nope',
    'plain[secret]',
    '[1][secret]',
    '{ for x in [secret, secret] : x => 1 }',
    'jsondecode(secret)',
    'timeadd(secret, "1h")',
    'lookup({}, secret)',
    'regex(secret, "x")',
    'format(secret, 1)',
    'format("%d", secret)',
    'index(["a"], secret)',
    'cidrhost(secret, 1)',
    'base64decode(secret)',
    'textencodebase64("a", secret)',
    'uuidv5(secret, "a")',
    '"${[secret]}x"',
    'secret && true',
    'max(secret)',
    'try(tonumber(secret))',
    'templatestring("$${tonumber(x)}", { x = secret })',
    'one([secret, secret])',
    'zipmap([secret], [])',
    'merge(secret, {})',
    'formatdate(secret, "2020-01-01T00:00:00Z")',
    'yamldecode("${secret}: [")',
    'csvdecode("${secret},${secret}")',
    '{ (secret) = 1 }.x',
  ];
  for (const source of sources) {
    test(source, () => {
      const { diagnostics } = run(source);
      expect(diagnostics.length).toBe(1);
      expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
    });
  }
});

describe('messages', () => {
  const found = (source: string) => {
    const { diagnostics } = run(source);
    return diagnostics.map(({ code, suggestion, values }) => ({
      code,
      suggestion,
      values: values?.map(({ name, text }) => `${name} = ${text}`),
    }));
  };

  test('the nearest name of a variable, a function, an attribute, a key', () => {
    expect(found('plian.name')).toMatchObject([{ code: 'unknown-variable', suggestion: 'plain' }]);
    expect(found('uper("a")')).toMatchObject([{ code: 'unknown-function', suggestion: 'upper' }]);
    expect(found('plain.nmae')).toMatchObject([{ code: 'missing-attribute', suggestion: 'name' }]);
    expect(found('tomap({ name = 1 })["nmae"]')).toMatchObject([{ code: 'missing-key', suggestion: 'name' }]);
  });

  test('what the variables held', () => {
    expect(found('upper(plain.list)')).toMatchObject([{ values: ['plain.list = a list with 2 elements'] }]);
    expect(found('[for p in [plain.name] : p + 1]')).toMatchObject([{ values: ['p = "app"'] }]);
    expect(found('plain.port + secret')).toMatchObject([{ values: ['plain.port = 80', 'secret = a sensitive value'] }]);
    expect(found('plain.port + text.x')).toMatchObject([{ values: ['text = string, known only when it runs'] }]);
  });

  test('one mistake gives one message, however often it is used', () => {
    expect(found('upper("${nope.a}-${1 + nope2}") == "x" ? 1 : 2')).toMatchObject([
      { code: 'unknown-variable' },
      { code: 'unknown-variable' },
    ]);
    expect(found('[for x in [1, 2, 3] : x.y][*].z')).toHaveLength(1);
    expect(found('{ for x in [1, 2] : null => x }')).toHaveLength(1);
    expect(found('"%{ for x in [1, 2] }${x.y}%{ endfor }"')).toHaveLength(1);
    expect(found('[{ a = 1 }, { a = 2 }][*].b')).toHaveLength(1);
  });

  test('what the left side decides, the right side cannot spoil', () => {
    expect(run('plain.name != "app" && plain.nope').diagnostics).toEqual([]);
    expect(run('plain.name == "app" || plain.nope').diagnostics).toEqual([]);
    expect(run('plain.name == "app" && plain.nope').diagnostics).toHaveLength(1);
    expect(run('true ? 1 : plain.nope').diagnostics).toEqual([]);
  });

  test('the room above may know better about a name', () => {
    const special = errorDiagnostic('shell-name', 'Shell', 'For the shell.');
    const within: Scope = {
      variables: new Map(),
      functions: new Map(),
      parent: scope,
      unknownVariable: ({ root }) => (root === 'BUILD_NUMBER' ? special : undefined),
    };
    expect(run('BUILD_NUMBER', within).diagnostics).toEqual([special]);
    expect(run('plain.name', within).diagnostics).toEqual([]);
    expect(run('upper("a")', within).diagnostics).toEqual([]);
  });
});
