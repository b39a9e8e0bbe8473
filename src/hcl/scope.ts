import type { Diagnostic } from './diagnostic.ts';
import type { HclFunction } from './function.ts';
import type { SensitiveTexts } from './sensitive-texts.ts';
import type { Traversal } from './syntax.ts';
import type { Value } from './value.ts';

/**
 * What names mean where an expression stands. A name not found is looked for in `parent`, and so on; functions too.
 */
export interface Scope {
  readonly variables: ReadonlyMap<string, Value>;
  readonly functions: ReadonlyMap<string, HclFunction>;
  readonly parent?: Scope;
  /** A better message about a variable that is not there, where the room above knows one. */
  readonly unknownVariable?: (traversal: Traversal) => Diagnostic | undefined;
  /** Hears of what is made of sensitive values. */
  readonly sensitiveTexts?: SensitiveTexts;
  /** Why what a name means is not known and never will be, where the room above knows of a mistake. */
  readonly unknownValue?: (traversal: Traversal) => Diagnostic | undefined;
}

export const EMPTY_SCOPE: Scope = { variables: new Map(), functions: new Map() };

/** A scope within `parent` where some more names mean something. */
export function childScope(parent: Scope, variables: Iterable<readonly [string, Value]>): Scope {
  const { functions, sensitiveTexts } = parent;
  const scope = { variables: new Map(variables), functions, parent };
  return sensitiveTexts === undefined ? scope : { ...scope, sensitiveTexts };
}

/** What a name holds in a scope or the ones around it. */
export function variableNamed(name: string, scope: Scope): Value | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const value = at.variables.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
