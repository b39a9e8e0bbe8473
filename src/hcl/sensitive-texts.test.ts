import { describe, expect, test } from 'bun:test';
import { evaluate } from './evaluate.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { parseExpression } from './parse.ts';
import { createSensitiveTexts, settleWithin } from './sensitive-texts.ts';
import { objectValue, stringValue, type Value, withSensitivity } from './value.ts';
import { fromJson } from './value-json.ts';

const secretText = (text: string): Value => withSensitivity(stringValue(text), true);
const variables = new Map<string, Value>([
  ['pw', secretText('hunter2')],
  ['doc', secretText('{"user":"admin","password":"open sesame","hosts":["alpha","beta"],"port":5432}')],
  ['list', secretText('alpha,beta')],
  [
    'mixed',
    objectValue([
      ['script', stringValue('set -eu\nrun')],
      ['token', secretText('t0ken')],
    ]),
  ],
  ['pem', withSensitivity(fromJson({ key: '-----BEGIN\nAAAAAAAA\n-----END' }), true)],
  ['plain', fromJson({ name: 'app', yes: true })],
]);

/** What is told while the expression is evaluated, and its value handed on. */
function told(source: string): string[] {
  const texts: string[] = [];
  const sensitiveTexts = createSensitiveTexts((text) => texts.push(text));
  const { expression } = parseExpression(source, 'test.hcl');
  const { value, diagnostics } = evaluate(expression, { variables, functions: standardFunctions(), sensitiveTexts });
  expect(diagnostics).toEqual([]);
  settleWithin(value, sensitiveTexts);
  return texts;
}

describe('what is told', () => {
  const table: [string, string[]][] = [
    ['pw', ['hunter2']],
    ['plain.name', []],
    // Of a template what is put into it, and not the words around it.
    ['"<${pw}>"', ['hunter2']],
    ['"a ${upper(pw)} b ${upper(pw)} ${plain.name}"', ['hunter2', 'HUNTER2']],
    ['"${"<${pw}>"}"', ['hunter2']],
    ['["-ec", "echo ${pw}"]', ['hunter2']],
    ['{ script = "echo ${pw}", name = plain.name }', ['hunter2']],
    ['"%{ for host in split(",", list) }ping ${host}\\n%{ endfor }"', ['alpha,beta', 'alpha', 'beta']],
    ['"%{ if pw == "x" }one%{ else }other%{ endif }"', ['hunter2']],
    // What is taken out of a sensitive value.
    ['jsondecode(doc).password', [doc(), 'open sesame']],
    ['jsondecode(doc)["user"]', [doc(), 'admin']],
    ['jsondecode(doc).hosts[1]', [doc(), 'beta']],
    ['"${jsondecode(doc).port}"', [doc()]],
    ['jsondecode(doc).hosts[*]', [doc(), 'alpha', 'beta']],
    ['[for host in jsondecode(doc).hosts : "-h ${host}"]', [doc(), 'alpha', 'beta']],
    ['{ for name, host in { a = pw } : name => "x ${host}" }', ['hunter2']],
    ['lookup(jsondecode(doc), "user", "")', [doc(), 'admin']],
    ['mixed.script', []],
    ['mixed.token', ['t0ken']],
    // What functions make.
    ['upper(pw)', ['hunter2', 'HUNTER2']],
    ['base64encode("user:${pw}")', ['hunter2', 'dXNlcjpodW50ZXIy']],
    ['format("%s@%s", pw, plain.name)', ['hunter2', 'hunter2@app']],
    ['substr(pw, 0, 4)', ['hunter2', 'hunt']],
    ['join(" ", split(",", list))', ['alpha,beta', 'alpha', 'beta', 'alpha beta']],
    ['try(jsondecode(doc).nothing, pw)', [doc(), 'hunter2']],
    ['length(pw)', ['hunter2']],
    // A function that hands on lines makes nothing of them.
    ['coalesce("<${pw}>", "")', ['hunter2']],
    ['trimspace("  set -eu\\n  curl ${pw}\\n")', ['hunter2']],
    ['indent(2, "set -eu\\ncurl ${pw}")', ['hunter2']],
    ['join("\\n", ["set -eu", "curl ${pw}"])', ['hunter2']],
    ['replace("set -eu\\ncurl @T@", "@T@", pw)', ['hunter2', 'curl hunter2']],
    ['"${chomp("set -eu\\n${upper(pw)}\\n")}!"', ['hunter2', 'HUNTER2']],
    ['templatestring("set -eu\\n<$${p}> $${upper(p)}", { p = pw })', ['hunter2', 'HUNTER2']],
    ['templatestring("$${user} $${port}", jsondecode(doc))', [doc(), 'admin']],
    ['templatestring(pw, {})', ['hunter2']],
    // What only was chosen stands in the open.
    ['pw == "" ? "none" : "some"', ['hunter2']],
    ['pw == "" ? "none" : "<${pw}>"', ['hunter2']],
    ['{ hunter2 = "prod" }[pw]', ['hunter2']],
    ['[for name in ["one", "two"] : name if name != pw]', ['hunter2']],
    ['plain.yes ? upper(pw) : "x"', ['hunter2', 'HUNTER2']],
    // All that leaves the evaluation.
    ['jsondecode(doc)', [doc(), 'alpha', 'beta', 'open sesame', 'admin']],
    ['pem', ['-----BEGIN\nAAAAAAAA\n-----END']],
    ['[plain.name, pw]', ['hunter2']],
  ];
  test.each(table)('%s', (source, expected) => {
    expect(told(source)).toEqual(expected);
  });
});

function doc(): string {
  const { doc } = Object.fromEntries(variables);
  return doc?.kind === 'string' ? doc.value : '';
}
