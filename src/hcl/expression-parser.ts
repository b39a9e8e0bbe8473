import { errorDiagnostic } from './diagnostic.ts';
import { binaryLevel } from './operator-levels.ts';
import { MAX_NESTING } from './parser-core.ts';
import { PrimaryParser } from './primary-parser.ts';
import type { SourceRange, SourceText } from './source-text.ts';
import type { BinaryOperator, Expression, TraversalStep } from './syntax.ts';
import { numberValue, stringValue } from './value.ts';

interface PlacedStep extends TraversalStep {
  readonly range: SourceRange;
}

/** Operators, conditionals, and what follows a term: `.name`, `[key]`, `[*]`, `.*`. */
export abstract class ExpressionParser extends PrimaryParser {
  protected parseExpression(): Expression {
    const start = this.scanner.start;
    if (!this.enter()) return this.invalid(start);
    const condition = this.#parseBinary(1);
    const expression = this.at('?') ? this.#parseConditional(condition, start) : condition;
    this.exit();
    return expression;
  }

  #parseConditional(condition: Expression, start: number): Expression {
    const mark = this.tokenRange();
    this.advance();
    const whenTrue = this.parseExpression();
    if (!this.at(':')) {
      this.#failAtConditional('This condition ? has its first result; a : and the second result must follow.', mark);
      return this.invalid(start);
    }
    this.advance();
    const whenFalse = this.parseExpression();
    return { kind: 'conditional', condition, whenTrue, whenFalse, range: this.rangeFrom(start) };
  }

  #failAtConditional(detail: string, mark: SourceRange): void {
    const broken = this.at('newline')
      ? ' To let it go on in the next line, put the whole expression in parentheses.'
      : '';
    this.fail(
      errorDiagnostic('incomplete-conditional', 'Incomplete conditional', `${detail}${broken}`, {
        subject: mark,
        context: this.source.range(mark.from, this.scanner.start),
      }),
    );
  }

  /** Precedence climbing: reads operators of `level` and those that bind tighter. */
  #parseBinary(level: number): Expression {
    const start = this.scanner.start;
    let left = this.#parseTerm();
    for (;;) {
      const found = binaryLevel(this.scanner.kind);
      if (found < level || found === 0) return left;
      const operator = this.scanner.kind as BinaryOperator;
      const operatorRange = this.tokenRange();
      this.advance();
      const right = this.#parseBinary(found + 1);
      left = { kind: 'binary', operator, operatorRange, left, right, range: this.rangeFrom(start) };
    }
  }

  #parseTerm(): Expression {
    const operator = this.scanner.kind;
    const start = this.scanner.start;
    if (operator !== '-' && operator !== '!') return this.#parsePostfix(this.parsePrimary(), start);
    if (!this.enter()) return this.invalid(start);
    this.advance();
    const operand = this.#parseTerm();
    this.exit();
    return { kind: 'unary', operator, operand, range: this.rangeFrom(start) };
  }

  #parsePostfix(base: Expression, start: number): Expression {
    if (!this.at('.') && !this.at('[')) return base;
    let current = base;
    let steps: PlacedStep[] = [];
    let chained = 0;
    for (;;) {
      if (this.at('.')) {
        const dot = this.scanner.start;
        this.advance();
        if (this.at('*')) {
          current = this.#parseAttributeSplat(addSteps(this.source, current, steps, start), dot, start);
          steps = [];
          chained += 1;
        } else if (!this.#parseAttributeSteps(dot, steps)) return this.invalid(start);
      } else if (this.at('[')) {
        const bracket = this.scanner.start;
        const index = this.#parseIndex(steps);
        if (index === undefined) return this.invalid(start);
        if (index === 'step') continue;
        const collection = addSteps(this.source, current, steps, start);
        steps = [];
        chained += 1;
        if (index === 'splat') {
          const markerRange = this.rangeFrom(bracket);
          const each = this.#parsePostfix({ kind: 'splat-item', range: markerRange }, markerRange.from);
          return { kind: 'splat', style: 'full', source: collection, each, markerRange, range: this.rangeFrom(start) };
        }
        current = { kind: 'index', collection, key: index, range: this.rangeFrom(start) };
      } else return addSteps(this.source, current, steps, start);
      if (chained + this.depth > MAX_NESTING) this.failTooDeep();
    }
  }

  /** `.name` or `.0`; stands behind the dot. */
  #parseAttributeSteps(dot: number, steps: PlacedStep[]): boolean {
    if (this.at('identifier')) {
      steps.push({
        kind: 'attribute',
        key: stringValue(this.tokenText()),
        range: this.source.range(dot, this.scanner.end),
      });
      this.advance();
      return true;
    }
    if (this.at('number') && !this.tokenText().includes('.')) {
      const range = this.source.range(dot, this.scanner.end);
      steps.push({ kind: 'index', key: numberValue(this.tokenText()), range });
      this.advance();
      return true;
    }
    if (this.at('number')) {
      const detail =
        'Behind a dot stands a name or one whole number. Several indexes are written in brackets: a[0][1].';
      this.fail(errorDiagnostic('bad-index', 'Not an index', detail, { subject: this.tokenRange() }));
      return false;
    }
    this.failUnexpected(
      'missing-attribute-name',
      'Missing attribute name',
      'After a dot comes the name of an attribute.',
    );
    return false;
  }

  /** `.*` and the `.name`s and `.0`s that follow it, which are taken of every element; an index ends it. */
  #parseAttributeSplat(source: Expression, dot: number, start: number): Expression {
    const markerRange = this.source.range(dot, this.scanner.end);
    this.advance();
    const steps: PlacedStep[] = [];
    while (this.at('.')) {
      const next = this.scanner.start;
      this.advance();
      if (!this.#parseAttributeSteps(next, steps)) return this.invalid(start);
    }
    const each = addSteps(this.source, { kind: 'splat-item', range: markerRange }, steps, markerRange.from);
    return { kind: 'splat', style: 'attribute', source, each, markerRange, range: this.rangeFrom(start) };
  }

  /** `[…]`: a constant is added to the steps; anything else is the key that is returned. */
  #parseIndex(steps: PlacedStep[]): Expression | 'step' | 'splat' | undefined {
    const open = this.scanner.start;
    const outer = this.skipNewlines;
    this.skipNewlines = true;
    this.advance();
    if (this.at('*')) {
      this.advance();
      if (!this.closeBracket(']', open, outer, 'The splat operator is written [*].')) return undefined;
      return 'splat';
    }
    const key = this.at('end') ? this.invalid(open) : this.parseExpression();
    if (!this.closeBracket(']', open, outer, 'An index is closed by ].')) return undefined;
    if (key.kind !== 'literal' || key.heredoc !== undefined) return key;
    if (key.value.kind !== 'string' && key.value.kind !== 'number') return key;
    steps.push({ kind: 'index', key: key.value, range: this.rangeFrom(open) });
    return 'step';
  }
}

function addSteps(source: SourceText, base: Expression, steps: readonly PlacedStep[], start: number): Expression {
  const last = steps.at(-1);
  if (last === undefined) return base;
  const range = source.range(start, last.range.to);
  if (base.kind === 'traversal') return { kind: 'traversal', traversal: { ...base.traversal, steps, range }, range };
  return { kind: 'access', source: base, steps, range };
}
