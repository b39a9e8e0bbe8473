/** One question to the language in, one answer out, both a line of JSON: for editors, tests and other programs. */
import { z } from 'zod';
import { type Diagnostic, errorDiagnostic, hasErrors } from '../../hcl/diagnostic.ts';
import { evaluate } from '../../hcl/evaluate.ts';
import { ExactNumber } from '../../hcl/exact-number.ts';
import { type ParsedExpression, parseConfig, parseExpression, parseTemplate } from '../../hcl/parse.ts';
import type { Range } from '../../hcl/position.ts';
import { childScope, type Scope } from '../../hcl/scope.ts';
import { type Type, typeToJson } from '../../hcl/type.ts';
import { isSensitiveWithin, isWhollyKnown, typeOf, type Value } from '../../hcl/value.ts';
import { fromParsedJson, toJsonText } from '../../hcl/value-json.ts';
import { errorText } from '../../lib/coded-error.ts';

const Request = z.object({
  kind: z.enum(['expr', 'template', 'file']),
  src: z.string(),
  vars: z.record(z.string(), z.unknown()).optional(),
});

const FILE = 'input';
const TOO_DEEP = 'The values in "vars" are nested too deep to be read.';

/**
 * The answer to one line, without its line end: `{"value":…,"type":…,"diags":[…]}`, for a file only `diags`. Numbers have all their digits.
 * A value that is sensitive or not known is null. A line that is no request is answered with an error that says so; nothing throws.
 */
export function answerRequest(line: string, scope: Scope): string {
  try {
    return answerUnguarded(line, scope);
  } catch (error) {
    // A bug. Whoever asked ten thousand questions gets an answer to the others.
    const detail = `A mistake of ours, please report it with this line: ${errorText(error)}.`;
    return answer('null', '"dynamic"', [errorDiagnostic('internal', 'This cannot be answered', detail)]);
  }
}

function answerUnguarded(line: string, scope: Scope): string {
  let request: z.infer<typeof Request>;
  const variables: (readonly [string, Value])[] = [];
  try {
    const read = Request.safeParse(parseExact(line));
    if (!read.success) return badRequest(describeIssue(read.error));
    request = read.data;
    for (const [name, value] of Object.entries(request.vars ?? {})) variables.push([name, fromParsedJson(value)]);
  } catch (error) {
    return badRequest(error instanceof RangeError ? TOO_DEEP : `${errorText(error).replace(/\.+$/, '')}.`);
  }
  const { kind, src } = request;
  if (kind === 'file') return `{"diags":${diagsText(parseConfig(src, FILE).diagnostics)}}`;
  const parsed = kind === 'expr' ? parseExpression(src, FILE) : parseTemplate(src, FILE);
  return answerTo(parsed, variables.length === 0 ? scope : childScope(scope, variables));
}

function answerTo({ expression, diagnostics }: ParsedExpression, scope: Scope): string {
  if (hasErrors(diagnostics)) return answer('null', '"dynamic"', diagnostics);
  const { value, diagnostics: found } = evaluate(expression, scope);
  const all = [...diagnostics, ...found];
  if (hasErrors(found)) return answer('null', '"dynamic"', all);
  const shown = isWhollyKnown(value) && !isSensitiveWithin(value);
  return answer(shown ? toJsonText(value) : 'null', typeText(typeOf(value)), all);
}

const typeText = (type: Type): string => JSON.stringify(typeToJson(type));

const answer = (value: string, type: string, diagnostics: readonly Diagnostic[]): string =>
  `{"value":${value},"type":${type},"diags":${diagsText(diagnostics)}}`;

function badRequest(why: string): string {
  const detail = `${why} A request is one line: {"kind":"expr","src":"1 + 1","vars":{}}; kind is expr, template or file.`;
  return answer('null', '"dynamic"', [errorDiagnostic('bad-request', 'Not a request', detail)]);
}

/** Numbers stay what was written, digit for digit. */
function parseExact(line: string): unknown {
  return JSON.parse(line, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? new ExactNumber(context?.source ?? value) : value,
  );
}

function describeIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined || issue.path.length === 0) return 'This line is no JSON object.';
  return `"${issue.path.join('.')}": ${issue.message}.`;
}

function diagsText(diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify(
    diagnostics.map(({ severity, summary, detail, subject, context, suggestion }) => ({
      severity,
      summary,
      detail: suggestion === undefined ? detail : `${detail} Did you mean ${JSON.stringify(suggestion)}?`,
      subject: subject === undefined ? null : ends(subject),
      context: context === undefined ? null : ends(context),
    })),
  );
}

function ends({ start, end }: Range): object {
  return { start: [start.line, start.column, start.byte], end: [end.line, end.column, end.byte] };
}
