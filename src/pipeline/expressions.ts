/** Reads expressions of a pipeline: what is known now becomes a value, what only a run can know stays an expression of the plan. */
import { convert, isConversionError } from '../hcl/convert.ts';
import { valuesIn } from '../hcl/describe-value.ts';
import { type Diagnostic, type DiagnosticPlace, errorDiagnostic, hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/evaluate.ts';
import type { Range } from '../hcl/position.ts';
import { references } from '../hcl/references.ts';
import { variableNamed } from '../hcl/scope.ts';
import type { Attribute, Expression, Traversal } from '../hcl/syntax.ts';
import { traversalText } from '../hcl/traversal-text.ts';
import { BOOL, describeType, listType, NUMBER, STRING, type Type } from '../hcl/type.ts';
import { innerValues, isSensitiveWithin, isWhollyKnown, UNKNOWN, type Value } from '../hcl/value.ts';
import { toJson } from '../hcl/value-json.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Json } from '../lib/json.ts';
import type { Report } from './block-reader.ts';
import { expressionText } from './expression-text.ts';
import { namesAt } from './iterators.ts';
import { checkReference, type Names, secondName } from './names.ts';
import type { PlanValue, SourcePlace } from './plan-value.ts';
import { renamedNeeds, replaceReference } from './renamed.ts';

/** A value of the plan, and what could be evaluated of it now (unknown in part when it is deferred). */
export interface ReadValue {
  readonly plan: PlanValue;
  readonly value: Value;
  /** Something was wrong with it, and was reported; the rest says nothing then. */
  readonly broken?: true;
}

/** An entry of a map, and where its key stands; the whole of it, where that is computed. */
export interface ReadEntry extends ReadValue {
  readonly keyAt: Range;
}

/** Whether what is said about a name (`var`, `tag`) follows from a part of the text that could not be read. */
type IsLost = (said: Diagnostic, root: string, name: string) => boolean;
type Deferred = Extract<PlanValue, { kind: 'deferred' }>;

export const placeOf = (range: Range): SourcePlace => {
  // Worked out at each question, so it is asked once.
  const { line, column } = range.start;
  return { file: range.file, line, column };
};

/** The clocks that wait for it count in milliseconds with 31 bits, which is a little more. */
const LONGEST_MS = 24 * 24 * 60 * 60 * 1_000;

export class Expressions {
  readonly #report: Report;
  readonly #isLost: IsLost;

  constructor(report: Report, isLost: IsLost) {
    this.#report = report;
    this.#isLost = isLost;
  }

  /** The value as far as it is known; undefined when something is wrong, which is then reported. */
  evaluate(expression: Expression, outer: Names): Value | undefined {
    const names = namesAt(expression, outer);
    let broken = false;
    for (const reference of references(expression)) {
      const diagnostic = checkReference(reference, names);
      if (diagnostic === undefined) continue;
      broken = true;
      if (!this.#isLost(diagnostic, reference.root, secondName(reference) ?? '')) this.#report(diagnostic);
    }
    if (broken || this.#isBareText(expression, names)) return undefined;
    const { value, diagnostics } = evaluate(expression, names.scope);
    for (const diagnostic of diagnostics) this.#report(diagnostic);
    return hasErrors(diagnostics) ? undefined : value;
  }

  /** `path = secret/data/db`: several names that nobody declared, in one sum or quotient, are a text without its quotes. */
  #isBareText(expression: Expression, names: Names): boolean {
    if (expression.kind !== 'binary') return false;
    const found = references(expression);
    if (found.length < 2 || found.some(({ root }) => variableNamed(root, names.scope) !== undefined)) return false;
    const detail = `There are no variables named ${found.map(({ root }) => `"${root}"`).join(', ')}. If the text itself is meant, put it in quotes.`;
    this.#report(errorDiagnostic('unknown-variable', 'Unknown variables', detail, { subject: expression.range }));
    return true;
  }

  /** What is wrong is reported, and the value is then an unknown one that nobody complains about again. */
  planValue(expression: Expression, outer: Names): ReadValue {
    const names = namesAt(expression, outer);
    const value = this.evaluate(expression, names);
    if (value === undefined) return { plan: { kind: 'known', value: null }, value: UNKNOWN, broken: true };
    if (isWhollyKnown(value) && !isSensitiveWithin(value)) {
      return { plan: { kind: 'known', value: toJson(value) }, value };
    }
    return { plan: this.#deferred(expression, names, value, this.#text(expression, names)), value };
  }

  /**
   * The entries of an object-like expression, each a value of its own, so that one secret in `env` does not make the rest secret. Undefined when it
   * is no object, or its keys are not known; that is reported.
   */
  planEntries(attribute: Attribute, outer: Names): Map<string, ReadEntry> | undefined {
    const { expression } = attribute;
    const names = namesAt(expression, outer);
    const entries = new Map<string, ReadEntry>();
    if (expression.kind === 'object') {
      for (const item of expression.items) {
        const key = this.constant(item.key, `a key of "${attribute.name}"`, STRING, names);
        if (key?.kind !== 'string') continue;
        entries.set(key.value, { ...this.planValue(item.value, names), keyAt: item.key.range });
      }
      return entries;
    }
    // What the parser could not read it has spoken about.
    if (expression.kind === 'invalid') return undefined;
    const value = this.evaluate(expression, names);
    if (value === undefined || value.kind === 'null') return undefined;
    if (value.kind !== 'object' && value.kind !== 'map') {
      if (needBroken(needsOf(expression, names), names)) return undefined;
      const detail =
        value.kind === 'unknown'
          ? `The names in "${attribute.name}" must be known when the pipeline is set; only their values may wait for the run.`
          : `"${attribute.name}" is a map of names to values: ${attribute.name} = { NAME = "value" }.`;
      this.#report(errorDiagnostic('wrong-type', 'Not a map', detail, { subject: expression.range }));
      return undefined;
    }
    let whole: string | undefined;
    const wholeText = (): string => {
      whole ??= this.#text(expression, names);
      return whole;
    };
    for (const [key, item] of value.entries) {
      const plan: PlanValue =
        isWhollyKnown(item) && !isSensitiveWithin(item) && !value.sensitive
          ? { kind: 'known', value: toJson(item) }
          : this.#deferred(expression, names, value, `(${wholeText()})[${JSON.stringify(key)}]`);
      entries.set(key, { plan, value: item, keyAt: expression.range });
    }
    return entries;
  }

  /** A value that must be known, and not secret, when the pipeline is set. `what` names it in messages: `"timeout"`. Null counts as not given. */
  constant(expression: Expression, what: string, type: Type, names: Names): Value | undefined {
    const value = this.evaluate(expression, names);
    if (value === undefined) return undefined;
    if (isSensitiveWithin(value)) {
      const detail = `${what} is stored and shown, so it must not be made from a secret or sensitive value.`;
      this.#report(errorDiagnostic('sensitive-not-allowed', 'Secret value', detail, { subject: expression.range }));
      return undefined;
    }
    if (!isWhollyKnown(value)) return this.notKnownYet(expression, what, names);
    if (value.kind === 'null') return undefined;
    const converted = convert(value, type);
    if (!isConversionError(converted)) return converted;
    const detail = `${what} must be a ${describeType(type)}: ${converted.message}.`;
    this.#report(errorDiagnostic('wrong-type', 'Wrong type', detail, placeIn(expression, names)));
    return undefined;
  }

  /** Reports that an expression has no value yet, unless that follows from something reported already. */
  notKnownYet(expression: Expression, what: string, names: Names): undefined {
    if (expression.kind === 'invalid') return undefined;
    const needs = needsOf(expression, names);
    if (needBroken(needs, names)) return undefined;
    const because = needs.length > 0 ? ` ${needs.join(', ')} will only be known in a run.` : '';
    const detail = `${what} must be known when the pipeline is set.${because}`;
    this.#report(errorDiagnostic('not-known-yet', 'Not known yet', detail, { subject: expression.range }));
    return undefined;
  }

  constantJson(expression: Expression, what: string, type: Type, names: Names): Json | undefined {
    const value = this.constant(expression, what, type, names);
    return value === undefined ? undefined : toJson(value);
  }

  text(attribute: Attribute | undefined, names: Names): string | undefined {
    const value = attribute && this.constant(attribute.expression, `"${attribute.name}"`, STRING, names);
    return value?.kind === 'string' ? value.value : undefined;
  }

  /** Tags of workers: short words. Others no worker can have. */
  tags(attribute: Attribute | undefined, names: Names): string[] {
    const tags = this.texts(attribute, names) ?? [];
    const wrong = tags.find((tag) => !/^[A-Za-z0-9][A-Za-z0-9._:/=+-]*$/.test(tag));
    if (wrong !== undefined && attribute !== undefined) {
      const detail = `${JSON.stringify(wrong)} is no tag of a worker: those are made of letters, digits and . _ : / = + -, without spaces and commas. Several are a list: tags = ["linux", "arm64"].`;
      this.#report(errorDiagnostic('bad-tag', 'Not a tag', detail, { subject: attribute.expression.range }));
    }
    return tags;
  }

  flag(attribute: Attribute | undefined, names: Names): boolean | undefined {
    const value = attribute && this.constant(attribute.expression, `"${attribute.name}"`, BOOL, names);
    return value?.kind === 'bool' ? value.value : undefined;
  }

  texts(attribute: Attribute | undefined, names: Names): string[] | undefined {
    if (attribute === undefined) return undefined;
    const { expression } = attribute;
    if (expression.kind === 'literal' && expression.value.kind === 'string') {
      const detail = `"${attribute.name}" is a list of texts: ${attribute.name} = [${JSON.stringify(expression.value.value)}].`;
      this.#report(errorDiagnostic('wrong-type', 'Wrong type', detail, { subject: expression.range }));
      return undefined;
    }
    const value = this.constant(expression, `"${attribute.name}"`, listType(STRING), names);
    if (value === undefined) return undefined;
    return [...innerValues(value)].flatMap((item) => (item.kind === 'string' ? [item.value] : []));
  }

  /** A whole number, at least `least`. */
  integer(attribute: Attribute | undefined, names: Names, least: number): number | undefined {
    const value = attribute && this.constant(attribute.expression, `"${attribute.name}"`, NUMBER, names);
    if (attribute === undefined || value?.kind !== 'number') return undefined;
    const number = value.value.toNumber();
    if (Number.isSafeInteger(number) && number >= least) return number;
    const detail = `"${attribute.name}" must be a whole number${Number.isFinite(least) ? `, ${least} or more` : ''}.`;
    this.#report(errorDiagnostic('out-of-range', 'Not a usable number', detail, placeIn(attribute.expression, names)));
    return undefined;
  }

  /** A length of time in milliseconds. */
  duration(attribute: Attribute | undefined, names: Names): number | undefined {
    if (attribute === undefined) return undefined;
    const text = this.text(attribute, names);
    return text === undefined ? undefined : this.durationText(text, `"${attribute.name}"`, attribute.expression, names);
  }

  durationText(text: string, what: string, expression: Expression, names: Names): number | undefined {
    const place = placeIn(expression, names);
    const ms = parseDuration(text);
    if (ms !== undefined && ms > LONGEST_MS) {
      const detail = `${what} is at most "24d"; this is longer.`;
      this.#report(errorDiagnostic('out-of-range', 'Too long', detail, place));
      return undefined;
    }
    if (ms !== undefined && ms > 0) return ms;
    const isNumber = /^\d+(\.\d+)?$/.test(text);
    const unit = isNumber ? ' A number alone has no unit.' : '';
    const detail = `${what} is a length of time such as "30s", "5m" or "1h30m".${unit}`;
    const inWords = /^(\d+)\s*(s|m|h|d)[a-z]*$/i.exec(text);
    const short = inWords === null ? undefined : `${inWords[1]}${inWords[2]?.toLowerCase()}`;
    const suggestion = isNumber && ms !== 0 ? `${text}s` : short;
    this.#report(errorDiagnostic('bad-duration', 'Not a duration', detail, { ...place, suggestion }));
    return undefined;
  }

  /** A part of an expression's value, as one of the worker's expressions; `access` leads to it: `["a"]`. */
  deferredPart(expression: Expression, access: string, part: Value, names: Names): Deferred {
    return this.#deferred(expression, names, part, `(${this.#text(expression, names)})${access}`);
  }

  /**
   * The text that the worker evaluates. Files are only here: what is read from them is put into it; and what has another name there is called by
   * that.
   */
  #text(expression: Expression, names: Names): string {
    return expressionText(
      expression,
      (call) => {
        const { value, diagnostics } = evaluate(call, names.scope);
        return !hasErrors(diagnostics) && isWhollyKnown(value) ? value : undefined;
      },
      (call) => {
        const detail = `What ${call.name}(…) gives must be known when the pipeline is set, but the expression around it waits for the run. Put the call into a local of its own.`;
        this.#report(errorDiagnostic('not-known-yet', 'Not known yet', detail, { subject: call.range }));
      },
      (reference) => replaceReference(reference, names.renamed),
    );
  }

  #deferred(expression: Expression, names: Names, value: Value, text: string): Deferred {
    const needs = new Set<string>();
    let sensitive = isSensitiveWithin(value) || needsOf(expression, names).some((need) => names.sensitive.has(need));
    for (const reference of references(expression)) {
      const renamed = renamedNeeds(reference, names.renamed);
      if (renamed?.sensitive === true) sensitive = true;
      for (const need of renamed?.needs ?? needsOfReference(reference, names)) needs.add(need);
    }
    return { kind: 'deferred', expression: text, needs: [...needs], at: placeOf(expression.range), sensitive };
  }
}

/** An expression as the place of a message, with what the variables in it hold. */
export function placeIn(expression: Expression, names: Names): DiagnosticPlace {
  return { subject: expression.range, values: valuesIn(expression, names.scope) };
}

/** The names an expression refers to, as it writes them: `var.x`, `local.y`, `get.app.ref`. A root alone (`var`) needs all it has. */
export function needsOf(expression: Expression, outer: Names): string[] {
  const names = namesAt(expression, outer);
  return [...new Set(references(expression).flatMap((reference) => needsOfReference(reference, names)))];
}

function needsOfReference(reference: Traversal, names: Names): string[] {
  const { root } = reference;
  if (names.iterators?.has(root) === true || (root !== 'var' && root !== 'local')) return [traversalText(reference)];
  const name = secondName(reference);
  if (name !== undefined) return [`${root}.${name}`];
  const value = names.scope.variables.get(root);
  return value?.kind === 'object' ? [...value.entries.keys()].map((key) => `${root}.${key}`) : [];
}

/** Whether what a reference needs has no value, for something was wrong with it; that was said then. */
export function isBroken(reference: Traversal, names: Names): boolean {
  return needBroken(needsOfReference(reference, names), names);
}

function needBroken(needs: readonly string[], { broken }: Names): boolean {
  if (broken === undefined || broken.size === 0) return false;
  return needs.some((need) => {
    const [root = '', name] = need.split(/[.[]/, 2);
    // Of a module that could not be read nothing is known.
    return broken.has(need) || broken.has(root) || (root === 'module' && broken.has(`module.${name}`));
  });
}
