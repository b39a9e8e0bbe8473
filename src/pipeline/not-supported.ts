import { type Diagnostic, errorDiagnostic } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/position.ts';

/** For what the language has and this version cannot do: better said than silently left out. */
export function notSupportedYet(name: string, subject: Range): Diagnostic {
  return errorDiagnostic(
    'not-supported-yet',
    'Not supported yet',
    `"${name}" is not supported yet by this version of pikoci; take it out to use the rest of the pipeline.`,
    { subject },
  );
}
