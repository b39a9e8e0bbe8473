import { conversionMessage, convert, isConversionError } from './convert.ts';
import { valuesEqual } from './equality.ts';
import type { ExactNumber } from './exact-number.ts';
import type { BinaryOperator } from './syntax.ts';
import { BOOL, NUMBER, type PrimitiveType } from './type.ts';
import { boolValue, isSensitiveWithin, numberValue, unknownValue, type Value, withSensitivity } from './value.ts';

/** Why an operator cannot be applied; `side` is the operand at fault, if one is. */
export interface OperatorFailure {
  readonly kind: 'operator-failure';
  readonly code: string;
  readonly summary: string;
  readonly detail: string;
  readonly side?: 'left' | 'right';
}

export type Applied = Value | OperatorFailure;

export const isOperatorFailure = (result: Applied): result is OperatorFailure => result.kind === 'operator-failure';

/** `&&` and `||` are decided by one side alone where that is enough, even if the other is unknown. */
export function applyBinary(operator: BinaryOperator, left: Value, right: Value): Applied {
  switch (operator) {
    case '==':
    case '!=': {
      const equal = valuesEqual(left, right);
      const sensitive = isSensitiveWithin(left) || isSensitiveWithin(right);
      return withSensitivity(
        equal === undefined ? unknownValue(BOOL) : boolValue(equal === (operator === '==')),
        sensitive,
      );
    }
    case '&&':
    case '||':
      return applyLogic(operator, left, right);
    default: {
      const a = operand(left, NUMBER, operator, 'left');
      if (isOperatorFailure(a)) return a;
      const b = operand(right, NUMBER, operator, 'right');
      if (isOperatorFailure(b)) return b;
      const sensitive = left.sensitive || right.sensitive;
      if (a.kind !== 'number' || b.kind !== 'number') {
        return withSensitivity(unknownValue(isComparison(operator) ? BOOL : NUMBER), sensitive);
      }
      const result = calculate(operator, a.value, b.value);
      return isOperatorFailure(result) ? result : withSensitivity(result, sensitive);
    }
  }
}

export function applyUnary(operator: '-' | '!', value: Value): Applied {
  const wanted = operator === '-' ? NUMBER : BOOL;
  const converted = operand(value, wanted, operator, undefined);
  if (isOperatorFailure(converted)) return converted;
  if (converted.kind === 'number') return withSensitivity(numberValue(converted.value.negated()), value.sensitive);
  if (converted.kind === 'bool') return withSensitivity(boolValue(!converted.value), value.sensitive);
  return withSensitivity(unknownValue(wanted), value.sensitive);
}

function applyLogic(operator: '&&' | '||', left: Value, right: Value): Applied {
  const a = operand(left, BOOL, operator, 'left');
  if (isOperatorFailure(a)) return a;
  const b = operand(right, BOOL, operator, 'right');
  if (isOperatorFailure(b)) return b;
  const sensitive = left.sensitive || right.sensitive;
  const deciding = operator === '||';
  const values = [a, b].map((value) => (value.kind === 'bool' ? value.value : undefined));
  if (values.includes(deciding)) return withSensitivity(boolValue(deciding), sensitive);
  return withSensitivity(values.includes(undefined) ? unknownValue(BOOL) : boolValue(!deciding), sensitive);
}

function operand(value: Value, type: PrimitiveType, operator: string, side: 'left' | 'right' | undefined): Applied {
  const place = side === undefined ? 'The operand' : `The ${side} side`;
  if (value.kind === 'null') {
    return fail('null-operand', 'Operand is null', `${place} of ${operator} is null; a ${type.kind} is needed.`, side);
  }
  const converted = convert(value, type);
  if (!isConversionError(converted)) return converted;
  return fail(
    'unsuitable-operand',
    'Unsuitable operand',
    `${place} of ${operator} must be a ${type.kind}. ${conversionMessage(converted)}`,
    side,
  );
}

function calculate(operator: BinaryOperator, a: ExactNumber, b: ExactNumber): Applied {
  switch (operator) {
    case '+':
      return finite(a.plus(b));
    case '-':
      return finite(a.minus(b));
    case '*':
      return finite(a.times(b));
    case '/':
      return b.isZero() ? divisionByZero() : finite(a.dividedBy(b));
    case '%':
      return b.isZero() ? divisionByZero() : finite(a.modulo(b));
    case '>':
      return boolValue(a.greaterThan(b));
    case '>=':
      return boolValue(a.greaterThanOrEqualTo(b));
    case '<':
      return boolValue(a.lessThan(b));
    default:
      return boolValue(a.lessThanOrEqualTo(b));
  }
}

const isComparison = (operator: BinaryOperator): boolean => operator.startsWith('<') || operator.startsWith('>');

const divisionByZero = (): OperatorFailure =>
  fail('division-by-zero', 'Division by zero', 'The right side is zero, and nothing can be divided by zero.', 'right');

const finite = (value: ExactNumber): Applied =>
  value.isFinite()
    ? numberValue(value)
    : fail('number-out-of-range', 'Number out of range', 'The result has more than ten thousand digits.');

function fail(code: string, summary: string, detail: string, side?: 'left' | 'right'): OperatorFailure {
  return { kind: 'operator-failure', code, summary, detail, ...(side !== undefined && { side }) };
}
