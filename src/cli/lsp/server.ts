/**
 * The language server: the protocol on one side, src/language/ on the other. It says nothing on standard output but the protocol, and ends when its
 * input does.
 */
import {
  type ClientCapabilities,
  createConnection,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Builtins, SourceLoader } from '../../pipeline/source.ts';
import { answerQuestions } from './answers.ts';
import { conversation } from './conversation.ts';
import { Diagnoses } from './diagnostics.ts';
import { OpenDocuments } from './open-documents.ts';
import { isWanted, Workspace } from './workspace.ts';

export interface LanguageServerOptions {
  readonly builtins: Builtins;
  readonly sources: SourceLoader;
  readonly registryUrl: string | undefined;
}

/** Serves until the client says `exit` or is gone, and what it asked before is answered. Gives the exit code: 0 after a `shutdown`, else 1. */
export async function serveLanguage({ builtins, sources, registryUrl }: LanguageServerOptions): Promise<number> {
  const { reader, writer, ended } = conversation(process.stdin, process.stdout);
  const connection = createConnection(reader, writer);
  const documents = new TextDocuments(TextDocument);
  const find = (uri: string): TextDocument | undefined => {
    const document = documents.get(uri);
    return document !== undefined && isWanted(document) ? document : undefined;
  };
  const open = new OpenDocuments(builtins);
  const workspace = new Workspace(() => documents.all().filter(isWanted));
  const diagnoses = new Diagnoses({ connection, open, workspace, find, builtins, sources, registryUrl });
  let client: ClientCapabilities = {};
  let isShutDown = false;

  connection.onShutdown(() => {
    isShutDown = true;
  });
  connection.onInitialize(({ capabilities, rootUri, workspaceFolders }) => {
    client = capabilities;
    workspace.setFolders(workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri]));
    return CAPABILITIES;
  });
  connection.onInitialized(() => {
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration !== true) return;
    const watchers = [{ globPattern: '**/*.hcl' }];
    void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });

  documents.onDidOpen(({ document: { uri } }) => {
    for (const each of [uri, ...open.readersOf(uri)]) diagnoses.schedule(each, { fetch: true });
  });
  documents.onDidChangeContent(({ document: { uri } }) => {
    for (const each of [uri, ...open.readersOf(uri)]) diagnoses.schedule(each, { fetch: false });
  });
  documents.onDidSave(({ document: { uri } }) => diagnoses.schedule(uri, { fetch: true }));
  documents.onDidClose(({ document: { uri } }) => {
    diagnoses.close(uri);
    open.close(uri);
    for (const reader of open.readersOf(uri)) diagnoses.schedule(reader, { fetch: false });
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const readers = new Set(changes.flatMap(({ uri }) => open.readersOf(uri)));
    // A file that was missing has no reader yet.
    const affected = changes.some(({ type }) => type === FileChangeType.Created)
      ? documents.all().map(({ uri }) => uri)
      : readers;
    for (const uri of affected) diagnoses.schedule(uri, { fetch: false });
  });

  answerQuestions(connection, { find, open, workspace, builtins, snippets: () => snippetsOf(client) });
  documents.listen(connection);
  connection.listen();
  await ended;
  return isShutDown ? 0 : 1;
}

const CAPABILITIES: InitializeResult = {
  serverInfo: { name: 'pikoci' },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    completionProvider: { triggerCharacters: ['.', '"', '/', '{'], resolveProvider: true },
    hoverProvider: true,
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    documentSymbolProvider: true,
    documentFormattingProvider: true,
    foldingRangeProvider: true,
    signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [','] },
  },
};

const snippetsOf = (client: ClientCapabilities): boolean =>
  client.textDocument?.completion?.completionItem?.snippetSupport === true;
