import { assertNever } from '../lib/assert-never.ts';
import { nearest } from '../lib/nearest.ts';
import { conversionMessage, convert, convertToCommon, isConversionError } from './convert.ts';
import { describeValue, valuesIn } from './describe-value.ts';
import { type Diagnostic, errorDiagnostic, hasErrors } from './diagnostic.ts';
import { evaluateCall } from './evaluate-call.ts';
import { evaluateConditional } from './evaluate-conditional.ts';
import { evaluateForObject, evaluateForTuple } from './evaluate-for.ts';
import { evaluateTemplate } from './evaluate-template.ts';
import type { Evaluated, Evaluator } from './evaluator.ts';
import { getIndex, getStep, isLookupFailure, type LookupFailure } from './lookup.ts';
import {
  applyBinary,
  applyUnary,
  decides,
  isArithmetic,
  isOperatorFailure,
  type OperatorFailure,
} from './operators.ts';
import type { Range } from './position.ts';
import { rangeBetween } from './position.ts';
import { childScope, type Scope, variableNamed } from './scope.ts';
import { settleChosen } from './sensitive-texts.ts';
import type {
  BinaryExpression,
  BinaryOperator,
  Expression,
  IndexExpression,
  ObjectExpression,
  ObjectItem,
  SplatExpression,
  Traversal,
  TraversalStep,
} from './syntax.ts';
import { BOOL, DYNAMIC, listType, NUMBER, STRING, type Type, tupleType } from './type.ts';
import {
  failedValue,
  listValue,
  objectValue,
  tupleValue,
  UNKNOWN,
  type Value,
  withoutOwnMark,
  withSensitivity,
} from './value.ts';

/**
 * The value of an expression. Mistakes are diagnostics, never exceptions; where there was one the value is unknown, which
 * flows on through everything, so that one mistake makes one diagnostic.
 */
export function evaluate(expression: Expression, scope: Scope): Evaluated {
  const run = new Evaluation({ left: MOST_STEPS });
  const value = run.evaluate(expression, scope);
  return { value, diagnostics: run.diagnostics };
}

/** The name under which a splat's element is kept in its scope; no identifier can be this. */
const SPLAT_ITEM = '[*]';

/** How many expressions one evaluation may look at, loops counted: a second's work, so that no pipeline holds up the server. */
const MOST_STEPS = 1_000_000;

class Evaluation implements Evaluator {
  readonly diagnostics: Diagnostic[] = [];
  readonly #budget: { left: number };

  constructor(budget: { left: number }) {
    this.#budget = budget;
  }

  readonly report = (diagnostic: Diagnostic): void => {
    this.diagnostics.push(diagnostic);
  };

  readonly mayGoOn = (at: Expression): boolean => {
    this.#budget.left -= 1;
    if (this.#budget.left === -1) {
      const detail = `Evaluating this takes more than ${MOST_STEPS.toLocaleString('en')} steps. Are there loops inside loops?`;
      this.report(errorDiagnostic('too-much-work', 'Too much work', detail, { subject: at.range }));
    }
    return this.#budget.left >= 0;
  };

  readonly attempt = (expression: Expression, scope: Scope): Evaluated =>
    this.aside((evaluator) => evaluator.evaluate(expression, scope));

  readonly aside = (evaluate: (evaluator: Evaluator) => Value): Evaluated => {
    const aside = new Evaluation(this.#budget);
    const value = evaluate(aside);
    return { value, diagnostics: aside.diagnostics };
  };

  readonly evaluate = (expression: Expression, scope: Scope): Value => {
    if (!this.mayGoOn(expression)) return UNKNOWN;
    const value = this.#valueOf(expression, scope);
    if (value.sensitive && value.kind === 'string') scope.sensitiveTexts?.made(value.value);
    return value;
  };

  #valueOf(expression: Expression, scope: Scope): Value {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'template':
        return evaluateTemplate(this, expression, scope);
      case 'template-wrap':
      case 'parentheses':
        return this.evaluate(expression.expression, scope);
      case 'traversal':
        return this.#traversal(expression.traversal, scope);
      case 'access':
        return this.#steps(this.evaluate(expression.source, scope), expression.steps, expression, scope);
      case 'index':
        return this.#index(expression, scope);
      case 'splat':
        return this.#splat(expression, scope);
      case 'splat-item':
        return variableNamed(SPLAT_ITEM, scope) ?? UNKNOWN;
      case 'call':
        return evaluateCall(this, expression, scope);
      case 'conditional':
        return evaluateConditional(this, expression, scope);
      case 'binary':
        return this.#binary(expression, scope);
      case 'unary': {
        const result = applyUnary(expression.operator, this.evaluate(expression.operand, scope));
        return isOperatorFailure(result)
          ? this.#operatorFailed(
              result,
              expression.operand.range,
              expression,
              expression.operator === '-' ? NUMBER : BOOL,
              scope,
            )
          : result;
      }
      case 'for-tuple':
        return evaluateForTuple(this, expression, scope);
      case 'for-object':
        return evaluateForObject(this, expression, scope);
      case 'tuple':
        return tupleValue(expression.elements.map((element) => this.evaluate(element, scope)));
      case 'object':
        return this.#object(expression, scope);
      case 'invalid':
        return UNKNOWN;
      default:
        return assertNever(expression);
    }
  }

  #traversal(traversal: Traversal, scope: Scope): Value {
    const root = variableNamed(traversal.root, scope);
    if (root === undefined) {
      this.report(unknownVariable(traversal, scope));
      return UNKNOWN;
    }
    const value = this.#steps(root, traversal.steps, { kind: 'traversal', traversal, range: traversal.range }, scope);
    if (value.kind === 'unknown') this.#explainUnknown(traversal, scope);
    return value;
  }

  #explainUnknown(traversal: Traversal, scope: Scope): void {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      const reason = at.unknownValue?.(traversal);
      if (reason !== undefined) this.report(reason);
    }
  }

  #steps(from: Value, steps: readonly TraversalStep[], whole: Expression, scope: Scope): Value {
    let value = from;
    for (const step of steps) {
      const next = getStep(value, step);
      if (isLookupFailure(next)) return this.#lookupFailed(next, step.range, whole, scope);
      value = next;
    }
    return value;
  }

  #index(expression: IndexExpression, scope: Scope): Value {
    const collection = this.evaluate(expression.collection, scope);
    const key = this.evaluate(expression.key, scope);
    const found = getIndex(collection, key);
    if (isLookupFailure(found)) return this.#lookupFailed(found, expression.key.range, expression, scope);
    if (key.sensitive && scope.sensitiveTexts !== undefined) {
      const chosen = getIndex(collection, withoutOwnMark(key));
      if (!isLookupFailure(chosen)) settleChosen(chosen, scope.sensitiveTexts);
    }
    return found;
  }

  #lookupFailed(failure: LookupFailure, subject: Range, whole: Expression, scope: Scope): Value {
    const { code, summary, detail, suggestion } = failure;
    this.report(
      errorDiagnostic(code, summary, detail, {
        subject,
        context: whole.range,
        values: valuesIn(whole, scope),
        suggestion,
      }),
    );
    return UNKNOWN;
  }

  #operatorFailed(failure: OperatorFailure, subject: Range, whole: Expression, type: Type, scope: Scope): Value {
    const { code, summary, detail } = failure;
    this.report(
      errorDiagnostic(code, summary, detail, { subject, context: whole.range, values: valuesIn(whole, scope) }),
    );
    return failedValue(type);
  }

  /** A chain of operators leans to the left and may be thousands long, so it is gone through in a loop. */
  #binary(expression: BinaryExpression, scope: Scope): Value {
    const chain: BinaryExpression[] = [];
    let first: Expression = expression;
    while (first.kind === 'binary') {
      chain.push(first);
      first = first.left;
    }
    let so: Evaluated = this.attempt(first, scope);
    for (const link of chain.reverse()) so = this.#applyLink(link, so, scope);
    for (const diagnostic of so.diagnostics) this.report(diagnostic);
    return so.value;
  }

  /** What one side of `&&` or `||` alone decides, a mistake on the other does not undo: `x != null && x.y`. */
  #applyLink(link: BinaryExpression, left: Evaluated, scope: Scope): Evaluated {
    const right = this.attempt(link.right, scope);
    const { operator } = link;
    const aside = new Evaluation(this.#budget);
    const applied = aside.#applied(link, left.value, right.value, scope);
    const fits = aside.diagnostics.length === 0;
    const failed = hasErrors(left.diagnostics) || hasErrors(right.diagnostics);
    const value = failed && !isLogic(operator) ? failedValue(isArithmetic(operator) ? NUMBER : BOOL) : applied;
    if (fits && isLogic(operator)) {
      if (decides(left.value, operator)) return { value, diagnostics: left.diagnostics };
      if (decides(right.value, operator)) return { value, diagnostics: right.diagnostics };
    }
    return { value, diagnostics: [...left.diagnostics, ...right.diagnostics, ...aside.diagnostics] };
  }

  #applied(link: BinaryExpression, left: Value, right: Value, scope: Scope): Value {
    const result = applyBinary(link.operator, left, right);
    if (!isOperatorFailure(result)) return result;
    const subject = result.side === 'right' ? link.right.range : result.side === 'left' ? link.left.range : link.range;
    return this.#operatorFailed(result, subject, link, isArithmetic(link.operator) ? NUMBER : BOOL, scope);
  }

  #object(expression: ObjectExpression, scope: Scope): Value {
    const entries: (readonly [string, Value])[] = [];
    let known = true;
    let sensitive = false;
    for (const item of expression.items) {
      const value = this.evaluate(item.value, scope);
      if (item.key.kind === 'traversal') {
        this.report(ambiguousKey(item));
        known = false;
        continue;
      }
      const key = this.evaluate(item.key, scope);
      sensitive ||= key.sensitive;
      const name = convert(key, STRING);
      if (isConversionError(name) || name.kind === 'null') {
        const why = isConversionError(name) ? conversionMessage(name) : `This key is ${describeValue(key)}.`;
        this.report(
          errorDiagnostic('bad-object-key', 'Unsuitable key', `The key of an object is a string. ${why}`, {
            subject: item.key.range,
            context: item.range,
            values: valuesIn(item.key, scope),
          }),
        );
        known = false;
      } else if (name.kind === 'string') entries.push([name.value, value]);
      else known = false;
    }
    return withSensitivity(known ? objectValue(entries) : UNKNOWN, sensitive);
  }

  /**
   * 1. Of null: nothing. 2. Of a list, set or tuple: each element. 3. Of anything else: that one thing.
   * The result is a list if it came of a list or set, else a tuple.
   */
  #splat(expression: SplatExpression, scope: Scope): Value {
    const source = this.evaluate(expression.source, scope);
    if (source.kind === 'null') return withSensitivity(tupleValue([]), source.sensitive);
    if (source.kind === 'unknown') {
      this.#splatElement(expression, withSensitivity(UNKNOWN, source.sensitive), scope);
      return withSensitivity(UNKNOWN, source.sensitive);
    }
    const isSequence = source.kind === 'list' || source.kind === 'set' || source.kind === 'tuple';
    const elements = isSequence ? source.elements : [source];
    const before = this.diagnostics.length;
    const results: Value[] = [];
    for (const element of elements) {
      results.push(this.#splatElement(expression, withSensitivity(element, source.sensitive), scope));
      if (this.diagnostics.length > before || !this.mayGoOn(expression)) return failedValue(splatType(source));
    }
    if (source.kind === 'list' || source.kind === 'set') {
      const common = convertToCommon(results);
      if (common !== undefined) return withSensitivity(listValue(common.type, common.values), source.sensitive);
    }
    return withSensitivity(tupleValue(results), source.sensitive);
  }

  #splatElement(expression: SplatExpression, element: Value, scope: Scope): Value {
    return this.evaluate(expression.each, childScope(scope, [[SPLAT_ITEM, element]]));
  }
}

/** What a splat of it would have given, as far as that can be said where it went wrong. */
function splatType(source: Value): Type {
  if (source.kind === 'list' || source.kind === 'set') return listType(DYNAMIC);
  return tupleType(source.kind === 'tuple' ? source.elements.map(() => DYNAMIC) : [DYNAMIC]);
}

const isLogic = (operator: BinaryOperator): operator is '&&' | '||' => operator === '&&' || operator === '||';

function ambiguousKey({ key, range }: ObjectItem): Diagnostic {
  const detail = 'A key that is an expression must be in parentheses; in quotes it would be taken literally.';
  return errorDiagnostic('ambiguous-key', 'Ambiguous key', detail, { subject: key.range, context: range });
}

function unknownVariable(traversal: Traversal, scope: Scope): Diagnostic {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const special = at.unknownVariable?.(traversal);
    if (special !== undefined) return special;
    for (const name of at.variables.keys()) if (name !== SPLAT_ITEM) names.push(name);
  }
  const suggestion = nearest(traversal.root, names);
  return errorDiagnostic(
    'unknown-variable',
    'Unknown variable',
    `There is no variable named ${JSON.stringify(traversal.root)}.${bareWordHint(traversal)}`,
    { subject: traversal.rootRange, context: rangeBetween(traversal.rootRange, traversal.range), suggestion },
  );
}

/** `image = alpine` was perhaps meant as text. */
function bareWordHint(traversal: Traversal): string {
  return traversal.steps.length === 0 ? ` If the text itself is meant, put it in quotes: "${traversal.root}".` : '';
}
