import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { OutlineItem, OutlineKind } from '../../language/outline.ts';
import { rangeIn } from './ranges.ts';

const KINDS: Readonly<Record<OutlineKind, SymbolKind>> = {
  job: SymbolKind.Class,
  resource: SymbolKind.Object,
  variable: SymbolKind.Variable,
  local: SymbolKind.Constant,
  type: SymbolKind.Interface,
  step: SymbolKind.Method,
  hook: SymbolKind.Event,
  notification: SymbolKind.Event,
  other: SymbolKind.Struct,
};

export function symbolsOf(document: TextDocument, items: readonly OutlineItem[]): DocumentSymbol[] {
  return items.map(({ name, kind, whole, header, children }) => ({
    name,
    kind: KINDS[kind],
    range: rangeIn(document, whole),
    selectionRange: rangeIn(document, header),
    children: symbolsOf(document, children),
  }));
}
