import type { Diagnostic } from './diagnostic.ts';
import type { Scope } from './scope.ts';
import type { Expression } from './syntax.ts';
import type { Value } from './value.ts';

/** What the parts of the evaluator ask of each other: the value of an inner expression, and a place for mistakes. */
export interface Evaluator {
  /** The value; an unknown one where there was a mistake, which has then been reported. */
  readonly evaluate: (expression: Expression, scope: Scope) => Value;
  readonly report: (diagnostic: Diagnostic) => void;
  /** Every turn of a loop asks; once the work has become too much the answer is no, and the loop ends. */
  readonly mayGoOn: (at: Expression) => boolean;
  /** Evaluates on the side: the mistakes are handed back, not reported. */
  readonly attempt: (expression: Expression, scope: Scope) => Evaluated;
  /** The same of whatever is done with the evaluator it is given. */
  readonly aside: (evaluate: (evaluator: Evaluator) => Value) => Evaluated;
}

export interface Evaluated {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}
