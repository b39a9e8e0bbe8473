/** What the parser of bodies says: about lines that are no item, and about braces. */
import { type Diagnostic, errorDiagnostic } from './diagnostic.ts';
import type { Range } from './position.ts';

const BY_INDENTATION = ' Judging by the indentation, it is this one that lacks its }.';

export function unclosedBlock(subject: Range, { byIndentation }: { readonly byIndentation: boolean }): Diagnostic {
  const hint = byIndentation ? BY_INDENTATION : '';
  const detail = `What is opened here is never closed: the file ends before its }.${hint}`;
  return errorDiagnostic('unclosed-block', 'Unclosed block', detail, { subject });
}

export function strayBrace(subject: Range, why = NOTHING_OPEN): Diagnostic {
  return errorDiagnostic('stray-brace', 'Unexpected }', `This } closes nothing: ${why}`, { subject });
}

const NOTHING_OPEN = 'no block is open here. Perhaps there is one too many before it.';
export const ONE_TOO_MANY = 'the file has one } too many, and judging by the indentation it is this one.';

export function missingHeader(subject: Range, brace: Range): Diagnostic {
  const detail = `From here to the } on line ${brace.start.line} it is indented as what stands in a block, but the line that opens the block is missing, such as: task "build" {.`;
  return errorDiagnostic('missing-header', 'Block without its first line', detail, { subject });
}

export function missingBrace(subject: Range, header: string): Diagnostic {
  const detail = `The { is missing that opens this block: ${header} {`;
  return errorDiagnostic('missing-brace', 'Missing {', detail, { subject });
}

export function braceOnNextLine(subject: Range): Diagnostic {
  const detail = 'The { of a block stands on the same line as its name.';
  return errorDiagnostic('brace-on-next-line', 'Brace on the next line', detail, { subject });
}

export function repeatedAttribute(name: string, firstLine: number, subject: Range): Diagnostic {
  const detail = `"${name}" is set on line ${firstLine} already; an attribute has one value.`;
  return errorDiagnostic('repeated-attribute', 'Attribute set twice', detail, { subject });
}

export const ITEM_EXPECTED = 'Here an attribute (name = value) or a block (name { … }) is expected';

export function quotedName(subject: Range, { isAttribute }: { readonly isAttribute: boolean }): Diagnostic {
  if (isAttribute) {
    const detail = 'The name of an attribute is written without quotes.';
    return errorDiagnostic('quoted-attribute-name', 'Quoted attribute name', detail, { subject });
  }
  const detail = `${ITEM_EXPECTED}, and neither begins with a quote.`;
  return errorDiagnostic('missing-item', 'Not an attribute or block', detail, { subject });
}

export function commaAfterAttribute(subject: Range): Diagnostic {
  const detail = 'Attributes stand on lines of their own and are not separated by commas.';
  return errorDiagnostic('comma-after-attribute', 'Unexpected comma', detail, { subject });
}

export function missingQuotes(name: string, text: string, subject: Range): Diagnostic {
  const detail = `This is neither a number nor a name. A text stands in quotes: ${name} = "${text}".`;
  return errorDiagnostic('missing-quotes', 'Missing quotes', detail, { subject });
}

export function templateInLabel(subject: Range): Diagnostic {
  const detail = 'The label of a block is plain text: ${ } and %{ } cannot stand in it.';
  return errorDiagnostic('template-in-label', 'Template in a label', detail, { subject });
}

export function colonAfterName(name: string, subject: Range): Diagnostic {
  const detail = `An attribute is set with =, not with a colon: ${name} = …`;
  return errorDiagnostic('colon-after-name', 'Unexpected colon', detail, { subject });
}

export function labelBeforeEquals(header: string, subject: Range, context: Range): Diagnostic {
  const detail = `Only blocks have labels, and a block has no equals sign: ${header} { … }.`;
  return errorDiagnostic('label-before-equals', 'Attribute with a label', detail, { subject, context });
}

export function tooMuchOnOneLine(holds: string, subject: Range, context: Range): Diagnostic {
  const detail = `A block on one line holds ${holds}; write each thing on a line of its own.`;
  return errorDiagnostic('one-line-block', 'Too much on one line', detail, { subject, context });
}

export function begunOnOneLine(subject: Range): Diagnostic {
  const detail =
    'What follows { on the same line must be closed by } on that line; otherwise begin a new line after the {.';
  return errorDiagnostic('one-line-block', 'Block begun on one line', detail, { subject });
}
