import { conversionMessage, convert, isConversionError } from './convert.ts';
import { valuesEqual } from './equality.ts';
import { type ExactNumber, settled } from './exact-number.ts';
import type { BinaryOperator } from './syntax.ts';
import { BOOL, NUMBER, type PrimitiveType } from './type.ts';
import { canConvert } from './unify.ts';
import {
  boolValue,
  isSensitiveWithin,
  nullValue,
  numberValue,
  unknownValue,
  type Value,
  withSensitivity,
} from './value.ts';

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

/**
 * `&&` and `||`: one side that decides is enough, whatever the other is. A null never makes `||` true, and makes `&&` false, as in HCL;
 * where it would have to count as false for `||` it is a mistake.
 */
function applyLogic(operator: '&&' | '||', left: Value, right: Value): Applied {
  const a = logicOperand(left, operator, 'left');
  if (isOperatorFailure(a)) return a;
  const b = logicOperand(right, operator, 'right');
  if (isOperatorFailure(b)) return b;
  const sensitive = left.sensitive || right.sensitive;
  const deciding = operator === '||';
  if (decides(a, operator) || decides(b, operator)) return withSensitivity(boolValue(deciding), sensitive);
  if (a.kind === 'unknown' || b.kind === 'unknown') return withSensitivity(unknownValue(BOOL), sensitive);
  const side = a.kind === 'null' ? 'left' : b.kind === 'null' ? 'right' : undefined;
  return side === undefined ? withSensitivity(boolValue(!deciding), sensitive) : nullOperand(operator, BOOL, side);
}

/** Whether the value, a bool, alone decides what the operator gives. */
export function decides(value: Value, operator: '&&' | '||'): boolean {
  if (value.kind === 'null') return operator === '&&';
  return value.kind === 'bool' && value.value === (operator === '||');
}

function logicOperand(value: Value, operator: '&&' | '||', side: 'left' | 'right'): Applied {
  return value.kind === 'null' && canConvert(value.type, BOOL) ? nullValue(BOOL) : operand(value, BOOL, operator, side);
}

function operand(value: Value, type: PrimitiveType, operator: string, side: 'left' | 'right' | undefined): Applied {
  if (value.kind === 'null') {
    return nullOperand(operator, type, side);
  }
  const converted = convert(value, type);
  if (!isConversionError(converted)) return converted;
  return fail(
    'unsuitable-operand',
    'Unsuitable operand',
    `${placeOf(side)} of ${operator} must be a ${type.kind}. ${conversionMessage(converted)}`,
    side,
  );
}

function nullOperand(operator: string, type: PrimitiveType, side: 'left' | 'right' | undefined): OperatorFailure {
  const detail = `${placeOf(side)} of ${operator} is null; a ${type.kind} is needed.`;
  return fail('null-operand', 'Operand is null', detail, side);
}

const placeOf = (side: 'left' | 'right' | undefined): string =>
  side === undefined ? 'The operand' : `The ${side} side`;

function calculate(operator: BinaryOperator, a: ExactNumber, b: ExactNumber): Applied {
  switch (operator) {
    case '+':
      return finite(settled(a.plus(b), a, b));
    case '-':
      return finite(settled(a.minus(b), a, b));
    case '*':
      return finite(settled(a.times(b), a, b));
    case '/':
      return b.isZero() ? divisionByZero() : finite(settled(a.dividedBy(b), a, b));
    case '%':
      // HCL leaves what cannot be divided as it is.
      return b.isZero() ? numberValue(a) : finite(settled(a.modulo(b), a, b));
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

/** Whether it makes a number; all others make a bool. */
export const isArithmetic = (operator: BinaryOperator): boolean => '+-*/%'.includes(operator);

const divisionByZero = (): OperatorFailure =>
  fail('division-by-zero', 'Division by zero', 'The right side is zero, and nothing can be divided by zero.', 'right');

const finite = (value: ExactNumber): Applied =>
  value.isFinite()
    ? numberValue(value)
    : fail('number-out-of-range', 'Number out of range', 'The result has more than ten thousand digits.');

function fail(code: string, summary: string, detail: string, side?: 'left' | 'right'): OperatorFailure {
  return { kind: 'operator-failure', code, summary, detail, ...(side !== undefined && { side }) };
}
