import { expect, test } from 'bun:test';
import { evaluate } from './evaluate.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { parseExpression } from './parse.ts';
import { randomExpression, randomNumbers } from './random-expression-fixture.ts';
import type { Scope } from './scope.ts';
import type { Expression, ObjectItem, TemplatePart, TraversalStep } from './syntax.ts';
import { NUMBER, STRING, typeToJson } from './type.ts';
import {
  isWhollyKnown,
  listValue,
  mapValue,
  numberValue,
  objectValue,
  stringValue,
  typeOf,
  unknownValue,
  type Value,
  withSensitivity,
} from './value.ts';
import { toJsonText } from './value-json.ts';
import { quotedText, valueText } from './value-text.ts';

const scope: Scope = {
  variables: new Map<string, Value>([
    ['n', numberValue(1)],
    ['s', stringValue('a')],
    ['l', listValue(STRING, [stringValue('a'), stringValue('b')])],
    ['o', objectValue([['a', numberValue(1)]])],
    ['m', mapValue(NUMBER, [['a', numberValue(2)]])],
    ['e', withSensitivity(stringValue('swordfish'), true)],
    ['u', unknownValue(STRING)],
  ]),
  functions: standardFunctions({ clock: { now: () => 0 } }),
};

/** An expression as text; every pair of parentheses is a node of the tree, so none is added. */
function print(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return valueText(expression.value);
    case 'template':
      return `"${expression.parts.map(printPart).join('')}"`;
    case 'template-wrap':
      return `"\${${print(expression.expression)}}"`;
    case 'traversal':
      return `${expression.traversal.root}${expression.traversal.steps.map(printStep).join('')}`;
    case 'access':
      return `${print(expression.source)}${expression.steps.map(printStep).join('')}`;
    case 'index':
      return `${print(expression.collection)}[${print(expression.key)}]`;
    case 'splat':
      return expression.style === 'full'
        ? `${print(expression.source)}[*]${print(expression.each)}`
        : `${print(expression.source)}.*${printDotted(expression.each)}`;
    case 'splat-item':
      return '';
    case 'call':
      return `${expression.name}(${expression.args.map(print).join(', ')}${expression.expandLast ? '...' : ''})`;
    case 'conditional':
      return `${print(expression.condition)} ? ${print(expression.whenTrue)} : ${print(expression.whenFalse)}`;
    case 'binary':
      return `${print(expression.left)} ${expression.operator} ${print(expression.right)}`;
    case 'unary':
      return `${expression.operator}${print(expression.operand)}`;
    case 'for-tuple':
      return `[${printIntro(expression)} ${print(expression.value)}${printCondition(expression.condition)}]`;
    case 'for-object': {
      const grouped = expression.grouped ? '...' : '';
      const item = `${print(expression.key)} => ${print(expression.value)}${grouped}`;
      return `{${printIntro(expression)} ${item}${printCondition(expression.condition)}}`;
    }
    case 'tuple':
      return `[${expression.elements.map(print).join(', ')}]`;
    case 'object':
      return `{${expression.items.map((item: ObjectItem) => `${print(item.key)} = ${print(item.value)}`).join(', ')}}`;
    case 'parentheses':
      return `(${print(expression.expression)})`;
    case 'invalid':
      throw new Error('what could not be read cannot be printed');
  }
}

function printIntro({ keyName, valueName, collection }: Extract<Expression, { kind: 'for-tuple' | 'for-object' }>) {
  return `for ${keyName === undefined ? '' : `${keyName}, `}${valueName} in ${print(collection)} :`;
}

const printCondition = (condition: Expression | undefined): string =>
  condition === undefined ? '' : ` if ${print(condition)}`;

const printStep = ({ kind, key }: TraversalStep): string =>
  kind === 'attribute' && key.kind === 'string' ? `.${key.value}` : `[${valueText(key)}]`;

/** Behind `.*` an index in brackets would be one into the list that comes of it. */
const printDotted = (each: Expression): string =>
  each.kind === 'access' ? each.steps.map(({ key }) => `.${valueText(key).replaceAll('"', '')}`).join('') : '';

function printPart(part: TemplatePart): string {
  switch (part.kind) {
    case 'text':
      return quotedText(part.text).slice(1, -1);
    case 'interpolation':
      return `\${${print(part.expression)}}`;
    case 'if': {
      const otherwise = part.whenFalse === undefined ? '' : `%{ else }${part.whenFalse.map(printPart).join('')}`;
      return `%{ if ${print(part.condition)} }${part.whenTrue.map(printPart).join('')}${otherwise}%{ endif }`;
    }
    case 'for': {
      const names = part.keyName === undefined ? part.valueName : `${part.keyName}, ${part.valueName}`;
      return `%{ for ${names} in ${print(part.collection)} }${part.body.map(printPart).join('')}%{ endfor }`;
    }
  }
}

/** The tree without places, and without what only says how something was written. */
function shape(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(shape);
  if (typeof node !== 'object' || node === null) return node;
  if ('kind' in node && node.kind === 'number' && 'value' in node) return { kind: 'number', value: String(node.value) };
  const entries = Object.entries(node).filter(([name]) => !/range$/i.test(name));
  return Object.fromEntries(entries.map(([name, of]) => [name, shape(of)]));
}

test('an expression that is printed and read again is the same', () => {
  const random = randomNumbers(3);
  for (let round = 0; round < 3_000; round += 1) {
    const source = randomExpression(random, 4);
    const first = parseExpression(source, 'test');
    if (first.diagnostics.length > 0) continue;
    const printed = print(first.expression);
    const second = parseExpression(printed, 'test');
    expect({ printed, tree: shape(second.expression) }).toEqual({ printed, tree: shape(first.expression) });
  }
}, 60_000);

test('evaluating never throws, and a value without mistakes reads again as itself', () => {
  const random = randomNumbers(5);
  let compared = 0;
  for (let round = 0; round < 5_000; round += 1) {
    const source = randomExpression(random, 4);
    const { value, diagnostics } = evaluate(parseExpression(source, 'test').expression, scope);
    for (const { detail, values = [] } of diagnostics) {
      expect(`${detail} ${values.map(({ text }) => text).join(' ')}`).not.toContain('swordfish');
    }
    const text = valueText(value);
    expect(text).not.toContain('swordfish');
    if (diagnostics.length > 0 || text.includes('(sensitive)') || !isWhollyKnown(value)) continue;
    const again = evaluate(parseExpression(text, 'test').expression, scope);
    expect({ source, json: toJsonText(again.value), mistakes: again.diagnostics }).toEqual({
      source,
      json: toJsonText(value),
      mistakes: [],
    });
    // Empty collections and nulls do not say what they are of.
    if (!/tolist\(\[\]|toset\(\[\]|tomap\(\{\}|null/.test(text)) {
      expect({ source, type: typeToJson(typeOf(again.value)) }).toEqual({ source, type: typeToJson(typeOf(value)) });
    }
    compared += 1;
  }
  expect(compared).toBeGreaterThan(500);
}, 60_000);

test('a hundred levels are fine, ten thousand are one mistake', () => {
  const CASES: readonly (readonly [open: string, close: string])[] = [
    ['(', ')'],
    ['[', ']'],
    ['{a = ', '}'],
    ['-', ''],
    ['upper(', ')'],
    ['"${', '}"'],
    ['true ? ', ' : 1'],
    ['[for x in [1] : ', ']'],
  ];
  for (const [open, close] of CASES) {
    const nested = (levels: number): string => `${open.repeat(levels)}1${close.repeat(levels)}`;
    expect({ open, found: parseExpression(nested(100), 'test').diagnostics }).toEqual({ open, found: [] });
    const { diagnostics } = parseExpression(nested(10_000), 'test');
    expect({ open, codes: diagnostics.map(({ code }) => code) }).toEqual({ open, codes: ['nesting-too-deep'] });
  }
});
