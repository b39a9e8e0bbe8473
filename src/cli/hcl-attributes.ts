import { type Diagnostic, errorDiagnostic, hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/evaluate.ts';
import { parseConfig } from '../hcl/parse.ts';
import { renderDiagnostics } from '../hcl/render-diagnostic.ts';
import { EMPTY_SCOPE } from '../hcl/scope.ts';
import { toJson } from '../hcl/value-json.ts';
import { CodedError } from '../lib/coded-error.ts';
import type { Json } from '../lib/json.ts';

/**
 * The attributes of an HCL file that holds nothing else: values of variables, settings. Throws `usage.bad_config` with every mistake
 * rendered when it is not such a file.
 */
export function readAttributes(text: string, file: string): Record<string, Json> {
  const { body, diagnostics } = parseConfig(text, file);
  const found: Diagnostic[] = [...diagnostics];
  const values: Record<string, Json> = {};
  for (const item of body.items) {
    if (item.kind === 'block') {
      found.push(
        errorDiagnostic(
          'unexpected-block',
          'Blocks have no place here',
          'This file holds values, one on a line: name = value.',
          { subject: item.headerRange },
        ),
      );
      continue;
    }
    const evaluated = evaluate(item.expression, EMPTY_SCOPE);
    found.push(...evaluated.diagnostics);
    // What did not parse has no value, and says nothing more when it is evaluated.
    if (!hasErrors(found)) values[item.name] = toJson(evaluated.value);
  }
  if (hasErrors(found)) {
    throw new CodedError(
      'usage.bad_config',
      `${file} cannot be read:\n${renderDiagnostics(found, new Map([[file, text]]), { color: false })}`,
    );
  }
  return values;
}
