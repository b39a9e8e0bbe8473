import { articled, conversionMessage, convert, isConversionError, shortType } from './convert.ts';
import { describeValue, valuesIn } from './describe-value.ts';
import { errorDiagnostic } from './diagnostic.ts';
import type { Evaluator } from './evaluator.ts';
import type { Scope } from './scope.ts';
import { settleChosen } from './sensitive-texts.ts';
import type { ConditionalExpression, Expression } from './syntax.ts';
import { BOOL, DYNAMIC, type Type } from './type.ts';
import { unify } from './unify.ts';
import { typeOf, UNKNOWN, unknownValue, type Value, withSensitivity } from './value.ts';

/** Both results are evaluated, to find their common type; mistakes count only in the one that is chosen. */
export function evaluateConditional(evaluator: Evaluator, expression: ConditionalExpression, scope: Scope): Value {
  const condition = evaluateCondition(evaluator, expression.condition, scope);
  const whenTrue = evaluator.attempt(expression.whenTrue, scope);
  const whenFalse = evaluator.attempt(expression.whenFalse, scope);
  const chosen = condition.kind === 'bool' ? (condition.value ? whenTrue : whenFalse) : undefined;
  const counted = chosen === undefined ? [...whenTrue.diagnostics, ...whenFalse.diagnostics] : chosen.diagnostics;
  for (const diagnostic of counted) evaluator.report(diagnostic);
  const type = commonType(whenTrue.value, whenFalse.value);
  // Whoever sees one mistake first need not hear of the other yet.
  if (type === undefined && counted.length > 0) return UNKNOWN;
  if (type === undefined) {
    const [a, b] = [shortType(typeOf(whenTrue.value)), shortType(typeOf(whenFalse.value))];
    const kinds =
      a === b
        ? `Both are ${articled(a)}, but of types that have nothing in common`
        : `One is ${articled(a)}, the other ${articled(b)}`;
    evaluator.report(
      errorDiagnostic(
        'inconsistent-conditional',
        'Results of different types',
        `The two results of a conditional must be of one type, or convert to one. ${kinds}.`,
        {
          subject: expression.range,
          values: valuesIn(expression, scope),
        },
      ),
    );
    return UNKNOWN;
  }
  if (chosen === undefined) return withSensitivity(unknownValue(type), condition.sensitive);
  const converted = convert(chosen.value, type);
  if (!isConversionError(converted)) {
    if (condition.sensitive && scope.sensitiveTexts !== undefined) settleChosen(converted, scope.sensitiveTexts);
    return withSensitivity(converted, condition.sensitive);
  }
  evaluator.report(
    errorDiagnostic(
      'inconsistent-conditional',
      'Results of different types',
      `The chosen result cannot be converted to the type of the other one. ${conversionMessage(converted)}`,
      {
        subject: (condition.kind === 'bool' && condition.value ? expression.whenTrue : expression.whenFalse).range,
        context: expression.range,
      },
    ),
  );
  return UNKNOWN;
}

/** A bool, or an unknown value where it is not known or there was a mistake. */
export function evaluateCondition(evaluator: Evaluator, expression: Expression, scope: Scope): Value {
  const value = evaluator.evaluate(expression, scope);
  if (value.kind === 'unknown' && value.type.kind === 'dynamic') return value;
  const converted = convert(value, BOOL);
  if (!isConversionError(converted) && converted.kind !== 'null') return converted;
  const why = isConversionError(converted) ? conversionMessage(converted) : `This one is ${describeValue(value)}.`;
  evaluator.report(
    errorDiagnostic('bad-condition', 'Unsuitable condition', `A condition is true or false. ${why}`, {
      subject: expression.range,
      values: valuesIn(expression, scope),
    }),
  );
  return withSensitivity(UNKNOWN, value.sensitive);
}

/** A bare null goes with anything. */
function commonType(a: Value, b: Value): Type | undefined {
  if (a.kind === 'null' && a.type.kind === 'dynamic') return typeOf(b);
  if (b.kind === 'null' && b.type.kind === 'dynamic') return typeOf(a);
  const types = [typeOf(a), typeOf(b)];
  // While one type is not known yet, nothing can be said of what they have in common.
  return types.some((type) => type.kind === 'dynamic') ? DYNAMIC : unify(types);
}
