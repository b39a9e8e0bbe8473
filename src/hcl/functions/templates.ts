import type { Diagnostic } from '../diagnostic.ts';
import { hasErrors } from '../diagnostic.ts';
import { evaluate } from '../evaluate.ts';
import { type FunctionFailure, failure, type HclFunction } from '../function.ts';
import { parseTemplate } from '../parse.ts';
import type { SensitiveTexts } from '../sensitive-texts.ts';
import { DYNAMIC, STRING } from '../type.ts';
import { unknownValue, type Value, withSensitivity } from '../value.ts';
import { entriesOf, parameter, textAt } from './arguments.ts';

/** A template read from `name`, with the variables of a map and nothing else. */
export function renderTemplate(
  template: string,
  name: string,
  variables: Value | undefined,
  functions: ReadonlyMap<string, HclFunction>,
  sensitiveTexts?: SensitiveTexts,
): Value | FunctionFailure {
  const entries = markedEntries(variables);
  if (entries === undefined) return failure('The variables must be a map or an object.', 1);
  const wrong = [...entries.keys()].find((key) => !/^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(key));
  if (wrong !== undefined)
    return failure(`${JSON.stringify(wrong)} cannot be the name of a variable: letters, digits, _ and -.`, 1);
  const { expression, diagnostics } = parseTemplate(template, name);
  if (hasErrors(diagnostics)) return failure(firstOf(diagnostics), 0);
  const result = evaluate(expression, {
    variables: entries,
    functions,
    ...(sensitiveTexts !== undefined && { sensitiveTexts }),
  });
  return hasErrors(result.diagnostics) ? failure(firstOf(result.diagnostics), 0) : result.value;
}

/** Each with the mark of the whole, which the template does not see. */
function markedEntries(variables: Value | undefined): ReadonlyMap<string, Value> | undefined {
  const entries = entriesOf(variables);
  if (entries === undefined || variables?.sensitive !== true) return entries;
  return new Map([...entries].map(([name, value]) => [name, withSensitivity(value, true)]));
}

function firstOf(diagnostics: readonly Diagnostic[]): string {
  const [first] = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const at =
    first?.subject === undefined
      ? ''
      : `${first.subject.file}:${first.subject.start.line}:${first.subject.start.column}: `;
  const suggestion = first?.suggestion === undefined ? '' : ` Did you mean ${JSON.stringify(first.suggestion)}?`;
  return `${at}${first?.detail ?? 'The template cannot be read.'}${suggestion}`;
}

/** `functions` are those a template may call. */
export function templateStringFunction(functions: () => ReadonlyMap<string, HclFunction>): HclFunction {
  return {
    kind: 'eager',
    name: 'templatestring',
    group: 'strings',
    doc: 'A template in a string, with the variables of a map put in.',
    result: 'A string; of a template that is one interpolation its value.',
    examples: [{ source: 'templatestring("Hello, $${name}!", { name = "Ada" })', result: '"Hello, Ada!"' }],
    parameters: [
      parameter('template', STRING, 'The template.'),
      parameter('variables', DYNAMIC, 'What its names mean.'),
    ],
    returns: DYNAMIC,
    seesUnknown: 'inside',
    marks: 'all',
    call: (args, texts) => {
      const [template, variables] = args;
      if (variables === undefined) return unknownValue();
      // The words of a template that is a secret itself do not stand in the open.
      const heard = template?.sensitive === true ? undefined : texts;
      return renderTemplate(textAt(args, 0), 'template', variables, functions(), heard);
    },
  };
}
