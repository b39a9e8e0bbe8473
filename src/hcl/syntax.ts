import type { Range } from './position.ts';
import type { Value } from './value.ts';

/**
 * The syntax tree. Every node knows its range; every union is closed on `kind`. Ranges of parsed nodes work out their
 * line and column only when asked, so a tree is cheap to make.
 */
export interface Body {
  readonly kind: 'body';
  /** Attributes and blocks in the order of the file. */
  readonly items: readonly BodyItem[];
  readonly range: Range;
}

export type BodyItem = Attribute | Block;

export interface Attribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly nameRange: Range;
  readonly expression: Expression;
  readonly range: Range;
}

export interface Block {
  readonly kind: 'block';
  readonly type: string;
  readonly typeRange: Range;
  readonly labels: readonly Label[];
  readonly body: Body;
  /** The type and the labels: what a message about the whole block underlines. */
  readonly headerRange: Range;
  readonly openRange: Range;
  readonly closeRange: Range;
  readonly range: Range;
}

export interface Label {
  readonly value: string;
  readonly quoted: boolean;
  readonly range: Range;
}

export type Expression =
  | LiteralExpression
  | TemplateExpression
  | TemplateWrapExpression
  | TraversalExpression
  | AccessExpression
  | IndexExpression
  | SplatExpression
  | SplatItemExpression
  | CallExpression
  | ConditionalExpression
  | BinaryExpression
  | UnaryExpression
  | ForTupleExpression
  | ForObjectExpression
  | TupleExpression
  | ObjectExpression
  | ParenthesesExpression
  | InvalidExpression;

/** A number, `true`, `false`, `null`, or a quoted string or heredoc without anything to put in. */
export interface LiteralExpression {
  readonly kind: 'literal';
  readonly value: Value;
  /** The heredoc it was written as, if it was one. */
  readonly heredoc?: Heredoc;
  readonly range: Range;
}

export interface Heredoc {
  readonly marker: string;
  /** Written with `<<-`: the indentation that all lines share is taken away. */
  readonly indented: boolean;
}

export interface TemplateExpression {
  readonly kind: 'template';
  readonly parts: readonly TemplatePart[];
  readonly heredoc?: Heredoc;
  readonly range: Range;
}

/** `"${x}"` and nothing else: the value of `x` itself, whatever its type. */
export interface TemplateWrapExpression {
  readonly kind: 'template-wrap';
  readonly expression: Expression;
  readonly range: Range;
}

export type TemplatePart = TextPart | InterpolationPart | IfPart | ForPart;

export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
  readonly range: Range;
}

export interface InterpolationPart {
  readonly kind: 'interpolation';
  readonly expression: Expression;
  readonly range: Range;
}

export interface IfPart {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly whenTrue: readonly TemplatePart[];
  readonly whenFalse: readonly TemplatePart[] | undefined;
  readonly range: Range;
}

export interface ForPart {
  readonly kind: 'for';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly body: readonly TemplatePart[];
  readonly range: Range;
}

/** One step of an address: `.name`, `["name"]` or `[0]`, known without evaluating anything. */
export interface TraversalStep {
  readonly kind: 'attribute' | 'index';
  /** `attribute`: a name. `index`: a string or number. */
  readonly key: Value;
  readonly range: Range;
}

export interface Traversal {
  readonly root: string;
  readonly rootRange: Range;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

/** A variable, with the constant steps that follow it: `get.app.ref`, `var.list[0]`. */
export interface TraversalExpression {
  readonly kind: 'traversal';
  readonly traversal: Traversal;
  readonly range: Range;
}

/** Constant steps into what is not a plain variable: `f(x).a`, `(a)["b"]`. */
export interface AccessExpression {
  readonly kind: 'access';
  readonly source: Expression;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

/** `collection[key]` where the key is only known by evaluating it. */
export interface IndexExpression {
  readonly kind: 'index';
  readonly collection: Expression;
  readonly key: Expression;
  readonly range: Range;
}

/** `source[*]…` (`full`) or `source.*…` (`attribute`); `each` is evaluated for every element, which it sees as `splat-item`. */
export interface SplatExpression {
  readonly kind: 'splat';
  readonly style: 'full' | 'attribute';
  readonly source: Expression;
  readonly each: Expression;
  readonly markerRange: Range;
  readonly range: Range;
}

export interface SplatItemExpression {
  readonly kind: 'splat-item';
  readonly range: Range;
}

export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly nameRange: Range;
  readonly args: readonly Expression[];
  /** The last argument is followed by `...`: its elements are the arguments. */
  readonly expandLast: boolean;
  readonly range: Range;
}

export interface ConditionalExpression {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
  readonly range: Range;
}

export const BINARY_OPERATORS = ['||', '&&', '==', '!=', '>', '>=', '<', '<=', '+', '-', '*', '/', '%'] as const;
export type BinaryOperator = (typeof BINARY_OPERATORS)[number];

export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly operatorRange: Range;
  readonly left: Expression;
  readonly right: Expression;
  readonly range: Range;
}

export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly operand: Expression;
  readonly range: Range;
}

export interface ForTupleExpression {
  readonly kind: 'for-tuple';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  readonly range: Range;
}

export interface ForObjectExpression {
  readonly kind: 'for-object';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly key: Expression;
  readonly value: Expression;
  /** `...` after the value: items of one key become a tuple. */
  readonly grouped: boolean;
  readonly condition: Expression | undefined;
  readonly range: Range;
}

export interface TupleExpression {
  readonly kind: 'tuple';
  readonly elements: readonly Expression[];
  readonly range: Range;
}

export interface ObjectExpression {
  readonly kind: 'object';
  readonly items: readonly ObjectItem[];
  readonly range: Range;
}

export interface ObjectItem {
  /** A bare name is a literal string here, not a variable. */
  readonly key: Expression;
  readonly value: Expression;
  readonly range: Range;
}

export interface ParenthesesExpression {
  readonly kind: 'parentheses';
  readonly expression: Expression;
  readonly range: Range;
}

/** Stands where the text could not be read; a diagnostic has said why. It evaluates to an unknown value without another word. */
export interface InvalidExpression {
  readonly kind: 'invalid';
  readonly range: Range;
}
