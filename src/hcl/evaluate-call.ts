import { nearest } from '../lib/nearest.ts';
import { conversionMessage, convert, isConversionError } from './convert.ts';
import { counted, valuesIn } from './describe-value.ts';
import { errorDiagnostic, hasErrors } from './diagnostic.ts';
import { LONGEST_TEXT } from './evaluate-template.ts';
import type { Evaluator } from './evaluator.ts';
import {
  type EagerFunction,
  type FunctionFailure,
  type FunctionParameter,
  failure,
  type HclFunction,
  type LazyFunction,
} from './function.ts';
import { type Range, rangeBetween } from './position.ts';
import type { Scope } from './scope.ts';
import { type SensitiveTexts, settleResult } from './sensitive-texts.ts';
import type { CallExpression, Expression } from './syntax.ts';
import {
  isSensitiveWithin,
  isWhollyKnown,
  UNKNOWN,
  unknownValue,
  type Value,
  withoutOwnMark,
  withoutSensitivity,
  withSensitivity,
} from './value.ts';

const TOO_LARGE = 'The result is too large.';

/** An argument as the function gets it, with the place it came from. */
interface Argument {
  readonly value: Value;
  readonly range: Range;
  /** There was a mistake in it, which has been reported. */
  readonly failed?: boolean;
}

export function evaluateCall(evaluator: Evaluator, call: CallExpression, scope: Scope): Value {
  const called = functionNamed(call.name, scope);
  if (called === undefined) {
    for (const argument of call.args) evaluator.evaluate(argument, scope);
    const names = functionNames(scope);
    evaluator.report(
      errorDiagnostic(
        'unknown-function',
        'Unknown function',
        `There is no function named ${JSON.stringify(call.name)}.`,
        {
          subject: call.nameRange,
          context: call.range,
          suggestion: nearest(call.name, names),
        },
      ),
    );
    return UNKNOWN;
  }
  return called.kind === 'lazy'
    ? callLazily(evaluator, called, call, scope)
    : callEagerly(evaluator, called, call, scope);
}

function callLazily(evaluator: Evaluator, called: LazyFunction, call: CallExpression, scope: Scope): Value {
  const own = call.args.map((argument) => ({
    evaluate: () => evaluator.attempt(argument, scope),
    range: argument.range,
  }));
  const last = call.args.at(-1);
  const expanded = call.expandLast && last !== undefined ? expand(evaluator, last, call, scope) : [];
  if (expanded === undefined) return UNKNOWN;
  const more = expanded.map(({ value, range }) => ({ evaluate: () => ({ value, diagnostics: [] }), range }));
  const args = [...(call.expandLast ? own.slice(0, -1) : own), ...more];
  if (!checkCount(evaluator, called, call, args.length)) return UNKNOWN;
  const result = called.call(args);
  return result.kind === 'failure' ? fail(evaluator, result, called, call, [], scope) : result;
}

function callEagerly(evaluator: Evaluator, called: EagerFunction, call: CallExpression, scope: Scope): Value {
  const args = evaluateArguments(evaluator, call, scope);
  if (args === undefined) return UNKNOWN;
  if (!checkCount(evaluator, called, call, args.length)) return UNKNOWN;
  const values: Value[] = [];
  for (const [at, argument] of args.entries()) {
    const parameter = called.parameters[at] ?? called.rest;
    if (parameter === undefined) return UNKNOWN;
    const value = fit(evaluator, argument, parameter, called, call, scope);
    if (value === undefined) return UNKNOWN;
    values.push(value);
  }
  if (args.some(({ failed }) => failed)) return UNKNOWN;
  const sensitive = values.some(called.marks === undefined ? isSensitiveWithin : (value) => value.sensitive);
  const seen = values.map((value) => seenBy(called, value));
  if (!isKnownEnough(called, seen)) {
    const type = typeof called.returns === 'function' ? called.returns(seen) : called.returns;
    return withSensitivity(unknownValue(type), sensitive);
  }
  const { sensitiveTexts } = scope;
  const result = callSafely(called, seen, sensitiveTexts);
  if (result.kind === 'failure') return fail(evaluator, result, called, call, args, scope);
  const marked = withSensitivity(result, sensitive);
  if (sensitiveTexts !== undefined && marked.sensitive && marked.kind === 'string') {
    settleResult(marked.value, values, sensitiveTexts);
  }
  return marked;
}

/** An argument with the marks that the function asks for. */
function seenBy(called: EagerFunction, value: Value): Value {
  if (called.marks === undefined) return withoutSensitivity(value);
  return called.marks === 'inner' ? withoutOwnMark(value) : value;
}

/** A text or list that outgrows what the machine can hold is the author's mistake, not ours. */
function callSafely(
  called: EagerFunction,
  args: readonly Value[],
  texts: SensitiveTexts | undefined,
): ReturnType<EagerFunction['call']> {
  try {
    const result = called.call(args, texts);
    if (result.kind === 'string' && result.value.length > LONGEST_TEXT) return failure(TOO_LARGE);
    return result;
  } catch (error) {
    if (error instanceof RangeError) return failure(TOO_LARGE);
    throw error;
  }
}

function isKnownEnough(called: EagerFunction, values: readonly Value[]): boolean {
  switch (called.seesUnknown) {
    case 'everywhere':
      return true;
    case 'inside':
      return values.every((value) => value.kind !== 'unknown');
    default:
      return values.every(isWhollyKnown);
  }
}

/** The arguments, those of a final `list...` one by one; undefined where that cannot be done (yet). */
function evaluateArguments(evaluator: Evaluator, call: CallExpression, scope: Scope): readonly Argument[] | undefined {
  const last = call.args.at(-1);
  const single = call.expandLast ? call.args.slice(0, -1) : call.args;
  const args = single.map((argument) => {
    const { value, diagnostics } = evaluator.attempt(argument, scope);
    for (const diagnostic of diagnostics) evaluator.report(diagnostic);
    return { value, range: argument.range, failed: hasErrors(diagnostics) };
  });
  if (!call.expandLast || last === undefined) return args;
  const expanded = expand(evaluator, last, call, scope);
  return expanded && [...args, ...expanded];
}

function expand(
  evaluator: Evaluator,
  last: Expression,
  call: CallExpression,
  scope: Scope,
): readonly Argument[] | undefined {
  const { range } = last;
  const value = evaluator.evaluate(last, scope);
  if (value.kind === 'list' || value.kind === 'set' || value.kind === 'tuple') {
    return value.elements.map((element) => ({ value: withSensitivity(element, value.sensitive), range }));
  }
  if (value.kind !== 'unknown') {
    evaluator.report(
      errorDiagnostic(
        'bad-expansion',
        'Unsuitable expansion',
        'What is expanded with ... into arguments must be a list, a set or a tuple.',
        {
          subject: range,
          context: call.range,
          values: valuesIn(call, scope),
        },
      ),
    );
  }
  return undefined;
}

function checkCount(evaluator: Evaluator, called: HclFunction, call: CallExpression, count: number): boolean {
  const { parameters, rest } = called;
  const least = parameters.filter((parameter) => !parameter.optional).length;
  if (count < least) {
    const missing = parameters[count];
    const about = missing === undefined ? '' : ` Missing: ${missing.name}, ${lowerFirst(missing.doc)}`;
    evaluator.report(
      errorDiagnostic(
        'too-few-arguments',
        'Too few arguments',
        `${signature(called)} takes ${howMany(called)}; ${count === 0 ? 'there are none' : `there ${count === 1 ? 'is' : 'are'} ${count}`}.${about}`,
        {
          subject: call.range,
          context: call.range,
        },
      ),
    );
    return false;
  }
  if (rest !== undefined || count <= parameters.length) return true;
  const [first, last] = [call.args[parameters.length], call.args.at(-1)];
  const subject = first === undefined || last === undefined ? call.range : rangeBetween(first.range, last.range);
  evaluator.report(
    errorDiagnostic(
      'too-many-arguments',
      'Too many arguments',
      `${signature(called)} takes ${howMany(called)}; there are ${count}.`,
      {
        subject,
        context: call.range,
      },
    ),
  );
  return false;
}

function fit(
  evaluator: Evaluator,
  argument: Argument,
  parameter: FunctionParameter,
  called: EagerFunction,
  call: CallExpression,
  scope: Scope,
): Value | undefined {
  const converted = convert(argument.value, parameter.type);
  const isNull = argument.value.kind === 'null';
  if (!isConversionError(converted) && (!isNull || parameter.nullable)) return converted;
  const why = isNull
    ? 'It is null, which this function does not take.'
    : isConversionError(converted)
      ? conversionMessage(converted)
      : '';
  evaluator.report(
    errorDiagnostic(
      'unsuitable-argument',
      'Unsuitable argument',
      `${signature(called)}: the argument "${parameter.name}" does not fit. ${why}`,
      {
        subject: argument.range,
        context: call.range,
        values: valuesIn(call, scope),
      },
    ),
  );
  return undefined;
}

function fail(
  evaluator: Evaluator,
  failure: FunctionFailure,
  called: HclFunction,
  call: CallExpression,
  args: readonly Argument[],
  scope: Scope,
): Value {
  const at = failure.argument === undefined ? undefined : args[failure.argument];
  // A function's message may quote its arguments, so it is kept back where one of them must not be shown.
  const sensitive = args.some(({ value }) => isSensitiveWithin(value));
  const message = sensitive
    ? 'The function refused its arguments; since one of them is sensitive, no more can be said.'
    : failure.message;
  evaluator.report(
    errorDiagnostic('function-failed', `Error in ${called.name}`, message, {
      subject: at?.range ?? call.range,
      context: call.range,
      values: valuesIn(call, scope),
      suggestion: sensitive ? undefined : failure.suggestion,
    }),
  );
  return UNKNOWN;
}

/** `substr(string, offset, length)`. */
export function signature(called: HclFunction): string {
  const names = called.parameters.map((parameter) => (parameter.optional ? `${parameter.name}?` : parameter.name));
  if (called.rest !== undefined) names.push(`${called.rest.name}...`);
  return `${called.name}(${names.join(', ')})`;
}

function howMany({ parameters, rest }: HclFunction): string {
  const least = parameters.filter((parameter) => !parameter.optional).length;
  if (rest !== undefined) return least === 0 ? 'any number of arguments' : `at least ${counted(least, 'argument')}`;
  if (parameters.length === 0) return 'no arguments';
  return least === parameters.length ? counted(least, 'argument') : `${least} to ${parameters.length} arguments`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function functionNamed(name: string, scope: Scope): HclFunction | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = at.functions.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function functionNames(scope: Scope): Set<string> {
  const names = new Set<string>();
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
    for (const name of at.functions.keys()) names.add(name);
  return names;
}
