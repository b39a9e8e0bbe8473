import type { Range } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Span } from '../../language/span.ts';

/** Offsets as lines and UTF-16 columns from 0, as the protocol counts. */
export function rangeIn(document: TextDocument, { from, to }: Span): Range {
  return { start: document.positionAt(from), end: document.positionAt(to) };
}
