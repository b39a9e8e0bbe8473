import { conversionMessage, convert, isConversionError } from './convert.ts';
import { valuesIn } from './describe-value.ts';
import { errorDiagnostic, hasErrors } from './diagnostic.ts';
import { evaluateCondition } from './evaluate-conditional.ts';
import type { Evaluator } from './evaluator.ts';
import { type Iterated, isNotIterable, iterate } from './iterate.ts';
import { childScope, type Scope } from './scope.ts';
import { settleChosen } from './sensitive-texts.ts';
import type { Expression, ForObjectExpression, ForTupleExpression } from './syntax.ts';
import { STRING } from './type.ts';
import { objectValue, tupleValue, UNKNOWN, type Value, withSensitivity } from './value.ts';

type ForExpression = ForTupleExpression | ForObjectExpression;

/** What has been found out while going through: once one item cannot be placed, the whole result is unknown. */
interface Progress {
  known: boolean;
  sensitive: boolean;
}

export function evaluateForTuple(evaluator: Evaluator, expression: ForTupleExpression, scope: Scope): Value {
  const items = itemsOf(evaluator, expression, scope);
  if (items === undefined) return UNKNOWN;
  const progress: Progress = { known: !isNotIterable(items), sensitive: items.sensitive };
  const values: Value[] = [];
  if (!isNotIterable(items)) {
    if (!conditionFits(evaluator, expression, scope)) return UNKNOWN;
    for (const inner of innerScopes(expression, items, scope)) {
      if (!evaluator.mayGoOn(expression)) break;
      const fine = turn(evaluator, (aside) => {
        if (included(aside, expression, inner, progress)) values.push(aside.evaluate(expression.value, inner));
      });
      if (!fine) return withSensitivity(UNKNOWN, progress.sensitive);
    }
  }
  return marked(progress.known ? tupleValue(values) : UNKNOWN, progress, scope);
}

export function evaluateForObject(evaluator: Evaluator, expression: ForObjectExpression, scope: Scope): Value {
  const items = itemsOf(evaluator, expression, scope);
  if (items === undefined) return UNKNOWN;
  const progress: Progress = { known: !isNotIterable(items), sensitive: items.sensitive };
  const groups = new Map<string, Value[]>();
  if (!isNotIterable(items)) {
    if (!conditionFits(evaluator, expression, scope)) return UNKNOWN;
    for (const inner of innerScopes(expression, items, scope)) {
      if (!evaluator.mayGoOn(expression)) break;
      const fine = turn(evaluator, (aside) => {
        if (!included(aside, expression, inner, progress)) return;
        const key = keyOf(aside, expression, inner, progress);
        const value = aside.evaluate(expression.value, inner);
        if (key === undefined) return;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [value]);
        else if (expression.grouped) group.push(value);
        else reportRepeatedKey(aside, expression, key, inner, progress);
      });
      if (!fine) return withSensitivity(UNKNOWN, progress.sensitive);
    }
  }
  if (!progress.known) return withSensitivity(UNKNOWN, progress.sensitive);
  const entries = [...groups].map(([key, values]) => {
    const [only = UNKNOWN] = values;
    return [key, expression.grouped ? tupleValue(values) : only] as const;
  });
  return marked(objectValue(entries), progress, scope);
}

/** Sensitive as a whole where a sensitive value decided what is in it. */
function marked(result: Value, { sensitive }: Progress, scope: Scope): Value {
  if (sensitive && scope.sensitiveTexts !== undefined) settleChosen(result, scope.sensitiveTexts);
  return withSensitivity(result, sensitive);
}

/** One turn of the loop. False if there was a mistake: the next turns would only repeat it. */
function turn(evaluator: Evaluator, run: (aside: Evaluator) => void): boolean {
  const { diagnostics } = evaluator.aside((aside) => {
    run(aside);
    return UNKNOWN;
  });
  for (const diagnostic of diagnostics) evaluator.report(diagnostic);
  return !hasErrors(diagnostics);
}

function itemsOf(
  evaluator: Evaluator,
  expression: ForExpression,
  scope: Scope,
): ReturnType<typeof iterate> | undefined {
  const items = iterate(evaluator.evaluate(expression.collection, scope));
  if (!isNotIterable(items) || items.why === undefined) return items;
  evaluator.report(
    errorDiagnostic('not-iterable', 'Nothing to go through', items.why, {
      subject: expression.collection.range,
      context: expression.range,
      values: valuesIn(expression.collection, scope),
    }),
  );
  return undefined;
}

function* innerScopes(expression: ForExpression, items: Iterated, scope: Scope): Generator<Scope> {
  for (const [key, value] of items.pairs) {
    const variables = new Map<string, Value>();
    if (expression.keyName !== undefined) variables.set(expression.keyName, key);
    yield childScope(scope, variables.set(expression.valueName, value));
  }
}

/** Whether the condition makes sense whatever the elements are; a mistake in it is one even where there are none, and is told once. */
function conditionFits(evaluator: Evaluator, { condition, keyName, valueName }: ForExpression, scope: Scope): boolean {
  if (condition === undefined) return true;
  const variables: (readonly [string, Value])[] = [[valueName, UNKNOWN]];
  if (keyName !== undefined) variables.unshift([keyName, UNKNOWN]);
  const { diagnostics } = evaluator.aside((aside) => evaluateCondition(aside, condition, childScope(scope, variables)));
  for (const diagnostic of diagnostics) evaluator.report(diagnostic);
  return !hasErrors(diagnostics);
}

/** A condition that is not known leaves the whole result unknown; a sensitive one makes it sensitive. */
function included(evaluator: Evaluator, expression: ForExpression, inner: Scope, progress: Progress): boolean {
  if (expression.condition === undefined) return true;
  const condition = evaluateCondition(evaluator, expression.condition, inner);
  progress.sensitive ||= condition.sensitive;
  if (condition.kind === 'bool') return condition.value;
  progress.known = false;
  return false;
}

function keyOf(
  evaluator: Evaluator,
  expression: ForObjectExpression,
  inner: Scope,
  progress: Progress,
): string | undefined {
  const value = evaluator.evaluate(expression.key, inner);
  progress.sensitive ||= value.sensitive;
  const key = convert(value, STRING);
  if (!isConversionError(key) && key.kind === 'string') return key.value;
  progress.known = false;
  if (!isConversionError(key) && key.kind !== 'null') return undefined;
  const why = isConversionError(key) ? conversionMessage(key) : 'This one is null.';
  evaluator.report(
    errorDiagnostic(
      'bad-object-key',
      'Unsuitable key',
      `The key of an object is a string. ${why}`,
      place(expression.key, expression, inner),
    ),
  );
  return undefined;
}

function reportRepeatedKey(
  evaluator: Evaluator,
  expression: ForObjectExpression,
  key: string,
  inner: Scope,
  progress: Progress,
): void {
  progress.known = false;
  const which = progress.sensitive ? 'the same key' : `the key ${JSON.stringify(key)}`;
  evaluator.report(
    errorDiagnostic(
      'repeated-key',
      'Key made twice',
      `Two items made ${which}. To collect the values of one key in a list, write ... after the value.`,
      place(expression.key, expression, inner),
    ),
  );
}

function place(subject: Expression, whole: Expression, scope: Scope) {
  return { subject: subject.range, context: whole.range, values: valuesIn(subject, scope) };
}
