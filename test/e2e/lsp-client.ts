/** A client of the Language Server Protocol, as editors have one, and `pikoci lsp` behind it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { EXECUTABLE, type PikociPlace } from '../servers/pikoci.ts';

const ANSWER_MS = 30_000;

export interface LanguageClient extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  /** Everything the server wrote, byte by byte. */
  readonly output: () => string;
  uriOf(path: string): string;
  open(uri: string, text: string, languageId?: string): void;
  /** Replaces the first place of `before` in the document as the client has it, as typing does: by a change of just that. */
  edit(uri: string, before: string, after: string): void;
  text(uri: string): string;
  /** Where the first place of `text` begins in the document; `behind` counts characters from there. */
  at(uri: string, text: string, behind?: number): { textDocument: { uri: string }; position: Position };
  /** The diagnostics of the document as it is now: waits until the server has seen this version. */
  diagnostics(uri: string): Promise<readonly Diagnostic[]>;
  /** Waits for a publication of that address that is as wanted. */
  published(uri: string, wanted: (params: PublishDiagnosticsParams) => boolean): Promise<readonly Diagnostic[]>;
  /** Its exit code, once it has ended. */
  exited(): Promise<number | null>;
}

export async function languageClient(place: PikociPlace, snippets = true): Promise<LanguageClient> {
  const child = spawn(EXECUTABLE, ['lsp', '--stdio'], { cwd: place.path, env: { ...place.environment } });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const documents = new Map<string, { text: string; version: number }>();
  const latest = new Map<string, PublishDiagnosticsParams>();
  const watchers = new Set<(params: PublishDiagnosticsParams) => void>();
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    latest.set(params.uri, params);
    for (const watcher of [...watchers]) watcher(params);
  });
  const registered = new Promise<void>((done) => {
    connection.onRequest('client/registerCapability', () => {
      done();
      return null;
    });
  });
  connection.listen();
  const initialized: InitializeResult = await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(place.path).href,
    capabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: snippets } },
        publishDiagnostics: { relatedInformation: true, versionSupport: true },
      },
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
    },
  });
  await connection.sendNotification('initialized', {});
  await registered;
  // The answer to that leaves in this turn: nothing of ours is under way when a test ends the server.
  await new Promise(setImmediate);

  const known = (uri: string): { text: string; version: number } => {
    const found = documents.get(uri);
    if (found === undefined) throw new Error(`${uri} is not open`);
    return found;
  };
  const positionOf = (text: string, offset: number): Position => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };
  const published: LanguageClient['published'] = (uri, wanted) =>
    new Promise((done, failed) => {
      const look = (params: PublishDiagnosticsParams | undefined): void => {
        if (params?.uri !== uri || !wanted(params)) return;
        clearTimeout(timer);
        watchers.delete(look);
        done(params.diagnostics);
      };
      const timer = setTimeout(() => {
        watchers.delete(look);
        failed(new Error(`nothing wanted was said of ${uri}; the last was ${JSON.stringify(latest.get(uri))}`));
      }, ANSWER_MS);
      watchers.add(look);
      look(latest.get(uri));
    });

  return {
    child,
    connection,
    initialized,
    output: () => Buffer.concat(output).toString(),
    uriOf: (path) => pathToFileURL(`${place.path}/${path}`).href,
    open(uri, text, languageId = 'pikoci') {
      documents.set(uri, { text, version: 1 });
      const textDocument = { uri, languageId, version: 1, text };
      void connection.sendNotification('textDocument/didOpen', { textDocument });
    },
    edit(uri, before, after) {
      const document = known(uri);
      const from = document.text.indexOf(before);
      if (from < 0) throw new Error(`${JSON.stringify(before)} is not in ${uri}`);
      const start = positionOf(document.text, from);
      const end = positionOf(document.text, from + before.length);
      document.text = document.text.slice(0, from) + after + document.text.slice(from + before.length);
      document.version += 1;
      void connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: document.version },
        contentChanges: [{ range: { start, end }, text: after }],
      });
    },
    text: (uri) => known(uri).text,
    at(uri, text, behind = 0) {
      const offset = known(uri).text.indexOf(text);
      if (offset < 0) throw new Error(`${JSON.stringify(text)} is not in ${uri}`);
      return { textDocument: { uri }, position: positionOf(known(uri).text, offset + behind) };
    },
    diagnostics(uri) {
      const { version } = known(uri);
      return published(uri, (params) => params.version === version);
    },
    published,
    exited: () => ended,
    async [Symbol.asyncDispose]() {
      const killed = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS);
      // Ended as editors do it, so that everything that was sent has arrived.
      if (child.exitCode === null && !child.stdin.writableEnded) {
        await Promise.race([connection.sendRequest('shutdown'), ended]);
        await connection.sendNotification('exit');
      }
      await ended;
      clearTimeout(killed);
      connection.dispose();
    },
  };
}
