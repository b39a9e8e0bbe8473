import { plainRange, type Range } from './position.ts';

/** What an expression read, for the reader of a message: `each.key` was `"linux"`. Never a sensitive value. */
export interface NamedValue {
  readonly name: string;
  readonly text: string;
}

/**
 * A mistake (or a doubtful thing) in what a person wrote, as a value: it is collected and shown, never thrown.
 *
 * `code` is permanent (tests, scripts and documentation match on it). `summary` names the kind of mistake in a few words,
 * `detail` says in sentences what is wrong here and what to do. `subject` is the place to underline; `context` is a larger
 * place worth showing around it. `suggestion` is the nearest right name, shown as: Did you mean "x"?
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly summary: string;
  readonly detail: string;
  readonly subject?: Range;
  readonly context?: Range;
  readonly values?: readonly NamedValue[];
  readonly suggestion?: string;
}

export interface DiagnosticPlace {
  readonly subject?: Range | undefined;
  readonly context?: Range | undefined;
  readonly values?: readonly NamedValue[] | undefined;
  readonly suggestion?: string | undefined;
}

export function errorDiagnostic(
  code: string,
  summary: string,
  detail: string,
  place: DiagnosticPlace = {},
): Diagnostic {
  return make('error', code, summary, detail, place);
}

export function warningDiagnostic(
  code: string,
  summary: string,
  detail: string,
  place: DiagnosticPlace = {},
): Diagnostic {
  return make('warning', code, summary, detail, place);
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

function make(
  severity: Diagnostic['severity'],
  code: string,
  summary: string,
  detail: string,
  place: DiagnosticPlace,
): Diagnostic {
  return {
    severity,
    code,
    summary,
    detail,
    ...(place.subject && { subject: plainRange(place.subject) }),
    ...(place.context && { context: plainRange(place.context) }),
    ...(place.values && place.values.length > 0 && { values: place.values }),
    ...(place.suggestion !== undefined && { suggestion: place.suggestion }),
  };
}
