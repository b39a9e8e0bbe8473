import { conversionMessage, convert, isConversionError } from './convert.ts';
import { valuesIn } from './describe-value.ts';
import { errorDiagnostic, hasErrors } from './diagnostic.ts';
import { evaluateCondition } from './evaluate-conditional.ts';
import type { Evaluator } from './evaluator.ts';
import { isNotIterable, iterate } from './iterate.ts';
import { childScope, type Scope } from './scope.ts';
import type { Expression, ForPart, TemplateExpression, TemplatePart } from './syntax.ts';
import { STRING } from './type.ts';
import { isSensitiveWithin, NULL, stringValue, unknownValue, type Value, withSensitivity } from './value.ts';

/** In characters; far more than a pipeline needs, far less than the memory of a server. */
export const LONGEST_TEXT = 16 * 2 ** 20;

interface Output {
  readonly pieces: string[];
  length: number;
  known: boolean;
  sensitive: boolean;
}

/** A string; unknown if any piece of it is, sensitive if any piece of it is. */
export function evaluateTemplate(evaluator: Evaluator, expression: TemplateExpression, scope: Scope): Value {
  const output: Output = { pieces: [], length: 0, known: true, sensitive: false };
  write(evaluator, expression.parts, scope, output);
  if (output.length > LONGEST_TEXT) {
    const detail = `The text becomes longer than ${LONGEST_TEXT / 2 ** 20} million characters.`;
    evaluator.report(errorDiagnostic('text-too-long', 'Text too long', detail, { subject: expression.range }));
    return withSensitivity(unknownValue(STRING), output.sensitive);
  }
  if (!output.known) return withSensitivity(unknownValue(STRING), output.sensitive);
  const text = stringValue(output.pieces.join(''));
  if (output.sensitive) scope.sensitiveTexts?.composed(text.value);
  return withSensitivity(text, output.sensitive);
}

function write(evaluator: Evaluator, parts: readonly TemplatePart[], scope: Scope, output: Output): void {
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        add(output, part.text);
        break;
      case 'interpolation':
        writeValue(evaluator, part.expression, scope, output);
        break;
      case 'if': {
        const condition = evaluateCondition(evaluator, part.condition, scope);
        output.sensitive ||= condition.sensitive;
        if (condition.kind === 'bool')
          write(evaluator, (condition.value ? part.whenTrue : part.whenFalse) ?? [], scope, output);
        else output.known = false;
        break;
      }
      case 'for':
        writeFor(evaluator, part, scope, output);
        break;
    }
  }
}

/** What no longer counts is not kept. */
function add(output: Output, text: string): void {
  output.length += text.length;
  if (output.length <= LONGEST_TEXT) output.pieces.push(text);
}

function writeFor(evaluator: Evaluator, part: ForPart, scope: Scope, output: Output): void {
  const items = iterate(evaluator.evaluate(part.collection, scope));
  if (isNotIterable(items)) {
    output.known = false;
    if (items.why === undefined) return;
    evaluator.report(
      errorDiagnostic('not-iterable', 'Nothing to go through', items.why, {
        subject: part.collection.range,
        values: valuesIn(part.collection, scope),
      }),
    );
    return;
  }
  output.sensitive ||= items.sensitive;
  for (const [key, value] of items.pairs) {
    const variables: (readonly [string, Value])[] = [[part.valueName, value]];
    if (part.keyName !== undefined) variables.unshift([part.keyName, key]);
    if (!evaluator.mayGoOn(part.collection)) break;
    const { diagnostics } = evaluator.aside((aside) => {
      write(aside, part.body, childScope(scope, variables), output);
      return NULL;
    });
    for (const diagnostic of diagnostics) evaluator.report(diagnostic);
    // The next turns would only repeat it.
    if (hasErrors(diagnostics)) break;
  }
}

function writeValue(evaluator: Evaluator, expression: Expression, scope: Scope, output: Output): void {
  const value = evaluator.evaluate(expression, scope);
  output.sensitive ||= isSensitiveWithin(value);
  const text = convert(value, STRING);
  if (!isConversionError(text) && text.kind === 'string') {
    add(output, text.value);
    return;
  }
  output.known = false;
  if (!isConversionError(text) && text.kind !== 'null') return;
  const why = isConversionError(text)
    ? `${conversionMessage(text)} ${hintFor(value)}`.trim()
    : 'This is null. coalesce(…, "") puts something in its place.';
  evaluator.report(
    errorDiagnostic(
      'unsuitable-in-template',
      'Unsuitable value in a template',
      `Only strings, numbers and bools can be put into text. ${why}`,
      {
        subject: expression.range,
        values: valuesIn(expression, scope),
      },
    ),
  );
}

function hintFor(value: Value): string {
  switch (value.kind) {
    case 'list':
    case 'set':
    case 'tuple':
      return 'join(", ", …) makes text of a list, jsonencode(…) of anything.';
    case 'map':
    case 'object':
      return 'jsonencode(…) makes text of it.';
    default:
      return '';
  }
}
