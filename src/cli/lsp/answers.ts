/** What an editor may ask about an open document, each answered by src/language/. */
import { join } from 'node:path';
import {
  type Connection,
  ErrorCodes,
  type Location,
  MarkupKind,
  ResponseError,
  type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { formatConfig } from '../../hcl/format.ts';
import { completionsAt } from '../../language/complete.ts';
import { foldsOf } from '../../language/folding.ts';
import { hoverAt } from '../../language/hover.ts';
import { definitionsAt, occurrenceAt, referencesAt, type Target } from '../../language/navigate.ts';
import { outlineOf } from '../../language/outline.ts';
import { prepareRename, renameAt } from '../../language/rename.ts';
import { signatureAt } from '../../language/signature.ts';
import { joinInside } from '../../pipeline/bundle-path.ts';
import type { Builtins } from '../../pipeline/source.ts';
import { editsOfCallers } from './callers.ts';
import { CompletionLists } from './completion-items.ts';
import type { OpenDocuments } from './open-documents.ts';
import { symbolsOf } from './outline-symbols.ts';
import { rangeIn } from './ranges.ts';
import { locationOf, type Workspace } from './workspace.ts';

export interface AnswerPorts {
  readonly find: (uri: string) => TextDocument | undefined;
  readonly open: OpenDocuments;
  readonly workspace: Workspace;
  readonly builtins: Builtins;
  /** Whether the editor knows snippets. */
  readonly snippets: () => boolean;
}

export function answerQuestions(
  connection: Connection,
  { find, open, workspace, builtins, snippets }: AnswerPorts,
): void {
  const lists = new CompletionLists();

  connection.onCompletion(async ({ textDocument: { uri }, position }) => {
    const document = find(uri);
    if (document === undefined) return null;
    const offset = document.offsetAt(position);
    const found = await completionsAt(open.read(document), offset, workspace.lister(uri));
    return { isIncomplete: false, items: lists.itemsOf(document, found, snippets()) };
  });
  connection.onCompletionResolve((item) => lists.resolve(item));
  connection.onHover(({ textDocument: { uri }, position }) => {
    const document = find(uri);
    const hover = document && hoverAt(open.read(document), document.offsetAt(position));
    if (document === undefined || hover === undefined) return null;
    return { contents: { kind: MarkupKind.Markdown, value: hover.text }, range: rangeIn(document, hover.span) };
  });
  connection.onDefinition(({ textDocument: { uri }, position }) => {
    const document = find(uri);
    if (document === undefined) return null;
    const targets = definitionsAt(open.read(document), document.offsetAt(position));
    return targets.flatMap((target) => locationOfTarget(document, target, { open, workspace }));
  });
  connection.onReferences(({ textDocument: { uri }, position, context }) => {
    const document = find(uri);
    if (document === undefined) return null;
    const spans = referencesAt(open.read(document), document.offsetAt(position), context.includeDeclaration);
    return spans.map((span) => ({ uri, range: rangeIn(document, span) }));
  });
  connection.onPrepareRename(({ textDocument: { uri }, position }) => {
    const document = find(uri);
    if (document === undefined) return null;
    const place = prepareRename(open.read(document), document.offsetAt(position));
    if (place.kind === 'refused') return refuse(place.reason);
    return { range: rangeIn(document, place.span), placeholder: place.name };
  });
  connection.onRenameRequest(async ({ textDocument: { uri }, position, newName }) => {
    const document = find(uri);
    if (document === undefined) return null;
    const offset = document.offsetAt(position);
    const renaming = renameAt(open.read(document), offset, newName);
    if (renaming.kind === 'refused') return refuse(renaming.reason);
    const edits = renaming.edits.map(({ span, text }): TextEdit => ({ range: rangeIn(document, span), newText: text }));
    const symbol = occurrenceAt(open.read(document), offset)?.symbol;
    if (symbol?.kind !== 'variable' && symbol?.kind !== 'output') return { changes: { [uri]: edits } };
    const renamed = { kind: symbol.kind, name: symbol.name, wanted: newName };
    const elsewhere = await editsOfCallers(uri, renamed, workspace, builtins);
    if (elsewhere === undefined) {
      return refuse(
        'Files that call this one as a module name it too, and this folder has too many files to find them.',
      );
    }
    return { changes: { ...elsewhere, [uri]: edits } };
  });
  connection.onDocumentSymbol(({ textDocument: { uri } }) => {
    const document = find(uri);
    return document === undefined ? null : symbolsOf(document, outlineOf(open.read(document).body));
  });
  connection.onDocumentFormatting(({ textDocument: { uri } }) => {
    const document = find(uri);
    return document === undefined ? null : formattingEdits(document);
  });
  connection.onFoldingRanges(({ textDocument: { uri } }) => {
    const document = find(uri);
    if (document === undefined) return null;
    return foldsOf(document.getText()).map(({ kind, from, to }) => {
      const [startLine, endLine] = [document.positionAt(from).line, document.positionAt(to).line];
      // The line that closes it stays to be seen.
      return kind === 'comment'
        ? { startLine, endLine, kind }
        : { startLine, endLine: Math.max(startLine, endLine - 1) };
    });
  });
  connection.onSignatureHelp(({ textDocument: { uri }, position }) => {
    const document = find(uri);
    const help = document && signatureAt(open.read(document), document.offsetAt(position));
    if (help === undefined) return null;
    const parameters = help.parameters.map(({ label, doc }) => ({ label, documentation: doc }));
    const documentation = { kind: MarkupKind.Markdown, value: help.doc };
    return {
      signatures: [{ label: help.signature, documentation, parameters }],
      activeSignature: 0,
      activeParameter: help.active,
    };
  });
}

/** An answer that an editor shows to the person. */
const refuse = (reason: string): ResponseError<void> => new ResponseError(ErrorCodes.InvalidParams, reason);

function locationOfTarget(
  document: TextDocument,
  target: Target,
  { open, workspace }: Pick<AnswerPorts, 'open' | 'workspace'>,
): Location[] {
  if (target.kind === 'here') return [{ uri: document.uri, range: rangeIn(document, target.name) }];
  const { name, directory } = locationOf(document.uri);
  const inside = joinInside(name, target.path);
  if (directory === undefined || inside === undefined) return [];
  const uri = workspace.uriOf(join(directory, inside));
  const start = { line: 0, character: 0 };
  const text = target.kind === 'elsewhere' ? open.texts(document.uri).get(inside) : undefined;
  if (target.kind === 'file' || text === undefined) return [{ uri, range: { start, end: start } }];
  return [{ uri, range: rangeIn(TextDocument.create(uri, 'pikoci', 0, text), target.name) }];
}

/** One edit over the lines that change, so that the cursor stays where the rest does. A text with mistakes is left alone. */
export function formattingEdits(document: TextDocument): TextEdit[] {
  const before = document.getText();
  const result = formatConfig(before, locationOf(document.uri).name);
  if (result.kind === 'mistakes' || result.text === before) return [];
  const after = result.text;
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const from = before.lastIndexOf('\n', start - 1) + 1;
  const newline = before.indexOf('\n', before.length - end);
  const to = newline < 0 ? before.length : newline;
  return [{ range: rangeIn(document, { from, to }), newText: after.slice(from, after.length - (before.length - to)) }];
}
