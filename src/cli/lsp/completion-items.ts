/** Completions in the form of the protocol. Their texts are handed out one by one, when the editor asks for one. */
import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type Completion, type CompletionKind, plainSnippet } from '../../language/completion.ts';
import { rangeIn } from './ranges.ts';

const KINDS: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  block: CompletionItemKind.Struct,
  attribute: CompletionItemKind.Property,
  parameter: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  local: CompletionItemKind.Constant,
  fact: CompletionItemKind.Property,
  resource: CompletionItemKind.Reference,
  job: CompletionItemKind.Event,
  type: CompletionItemKind.Class,
  value: CompletionItemKind.EnumMember,
  file: CompletionItemKind.File,
  directory: CompletionItemKind.Folder,
  keyword: CompletionItemKind.Keyword,
};

export class CompletionLists {
  #docs: readonly (string | undefined)[] = [];

  itemsOf(document: TextDocument, completions: readonly Completion[], snippets: boolean): CompletionItem[] {
    this.#docs = completions.map(({ doc }) => doc);
    return completions.map(({ label, kind, detail, insert, span, rank }, data) => ({
      label,
      kind: KINDS[kind],
      ...(detail !== undefined && { detail }),
      // What the word before the cursor is held against: the label may have quotes that the text has not.
      filterText: label.replaceAll('"', document.getText()[span.from] === '"' ? '"' : ''),
      sortText: `${rank ?? 5}${label}`,
      insertTextFormat: snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
      insertTextMode: InsertTextMode.adjustIndentation,
      textEdit: { range: rangeIn(document, span), newText: snippets ? insert : plainSnippet(insert) },
      data,
    }));
  }

  /** The item with its text; the item as it is, when it is not of the last list. */
  resolve(item: CompletionItem): CompletionItem {
    const doc = typeof item.data === 'number' ? this.#docs[item.data] : undefined;
    return doc === undefined || doc === ''
      ? item
      : { ...item, documentation: { kind: MarkupKind.Markdown, value: doc } };
  }
}
