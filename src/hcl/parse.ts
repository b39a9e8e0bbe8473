import { BodyParser } from './body-parser.ts';
import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import type { BraceRepair } from './indentation-watch.ts';
import { type Position, START_OF_FILE } from './position.ts';
import { SourceText } from './source-text.ts';
import type { Body, Expression } from './syntax.ts';

/**
 * The entrances to the parser. None of them throws: what is wrong with the text comes back as diagnostics, and the tree
 * holds everything that could be read, with `invalid` expressions in the gaps. Reading takes time linear in the text.
 *
 * `startPosition` is where in its file the text begins, so that a part of a file has the positions of the whole.
 */
export interface ParsedBody {
  readonly body: Body;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ParsedExpression {
  readonly expression: Expression;
  readonly diagnostics: readonly Diagnostic[];
}

const BYTE_ORDER_MARK = '\ufeff';

export function parseConfig(text: string, file: string, startPosition: Position = START_OF_FILE): ParsedBody {
  const source = sourceText(text, file, startPosition);
  const repairs = new Map<number, BraceRepair>();
  let best: ParsedBody | undefined;
  for (;;) {
    const parser = new BodyParser(source, repairs);
    const body = parser.parseFile();
    const { diagnostics, repair } = parser;
    // A repair that brings more mistakes to light than it takes away was none.
    if (best !== undefined && diagnostics.length > best.diagnostics.length) return best;
    best = { body, diagnostics };
    if (repair === undefined || repairs.has(repair.at) || repairs.size === MOST_REPAIRS) return best;
    repairs.set(repair.at, repair.kind);
  }
}

/** How many missing or superfluous braces one file is read again for. */
const MOST_REPAIRS = 5;

/** A byte order mark at the front is no part of the text, but it has been there: bytes count from before it. */
function sourceText(text: string, file: string, startPosition: Position): SourceText {
  if (!text.startsWith(BYTE_ORDER_MARK)) return new SourceText(file, text, startPosition);
  return new SourceText(file, text.slice(1), { ...startPosition, byte: startPosition.byte + 3 });
}

/** An expression that is the whole text; newlines in it count as spaces. */
export function parseExpression(text: string, file: string, startPosition: Position = START_OF_FILE): ParsedExpression {
  const parser = new WholeTextParser(sourceText(text, file, startPosition));
  const expression = parser.parseWholeExpression();
  return { expression, diagnostics: parser.diagnostics };
}

/** A template that is the whole text, without quotes around it: backslashes mean nothing, `${` and `%{` do. */
export function parseTemplate(text: string, file: string, startPosition: Position = START_OF_FILE): ParsedExpression {
  const parser = new WholeTextParser(sourceText(text, file, startPosition));
  const expression = parser.parseBareTemplate();
  return { expression, diagnostics: parser.diagnostics };
}

class WholeTextParser extends BodyParser {
  parseWholeExpression(): Expression {
    this.skipNewlines = true;
    this.advance();
    const expression = this.parseExpression();
    if (!this.at('end')) {
      if (this.at('bad') || this.at('unclosed-comment')) {
        this.failUnexpected('extra-after-expression', 'Unexpected text', 'The expression ends before this.');
      } else {
        this.report(
          errorDiagnostic(
            'extra-after-expression',
            'Unexpected text after the expression',
            'The expression is complete before this; nothing may follow it.',
            {
              subject: this.tokenRange(),
            },
          ),
        );
      }
    }
    return expression;
  }

  override parseBareTemplate(): Expression {
    return super.parseBareTemplate();
  }
}
