/** Looks at documents a moment after they changed, and publishes what is wrong with them. */
import { join } from 'node:path';
import { type Connection, type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { diagnose, type PlacedDiagnostic } from '../../language/diagnose.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { Builtins, SourceLoader } from '../../pipeline/source.ts';
import type { OpenDocuments } from './open-documents.ts';
import { rangeIn } from './ranges.ts';
import { locationOf, type Workspace } from './workspace.ts';

/** Long enough for a word to be typed, short enough not to be waited for. */
const QUIET_MS = 120;

export interface DiagnosticsPorts {
  readonly connection: Pick<Connection, 'sendDiagnostics' | 'console'>;
  readonly open: OpenDocuments;
  readonly workspace: Workspace;
  readonly find: (uri: string) => TextDocument | undefined;
  readonly builtins: Builtins;
  readonly sources: SourceLoader;
  readonly registryUrl: string | undefined;
}

/** A document may have something to say about others that it reads, so what is shown at one address may come from several. */
export class Diagnoses {
  readonly #ports: DiagnosticsPorts;
  readonly #waiting = new Map<string, { readonly timer: ReturnType<typeof setTimeout>; readonly fetch: boolean }>();
  /** Which look at a document is the newest: an older one that ends later is thrown away. */
  readonly #looks = new Map<string, number>();
  /** What each document said, by the address that it said it of. */
  readonly #said = new Map<string, ReadonlyMap<string, readonly Diagnostic[]>>();

  constructor(ports: DiagnosticsPorts) {
    this.#ports = ports;
  }

  /**
   * Looks at a document, soon. `fetch`: sources on the web are fetched if they are not known yet. While an address is being typed they are not: nobody
   * wants the half of it asked.
   */
  schedule(uri: string, { fetch }: { readonly fetch: boolean }): void {
    const waiting = this.#waiting.get(uri);
    clearTimeout(waiting?.timer);
    this.#looks.set(uri, (this.#looks.get(uri) ?? 0) + 1);
    const fetches = fetch || waiting?.fetch === true;
    const look = (): void => {
      this.#waiting.delete(uri);
      this.#look(uri, fetches).catch((error: unknown) => {
        this.#ports.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      });
    };
    this.#waiting.set(uri, { timer: setTimeout(look, fetches ? 0 : QUIET_MS), fetch: fetches });
  }

  /** Takes back what a document said. */
  close(uri: string): void {
    clearTimeout(this.#waiting.get(uri)?.timer);
    this.#waiting.delete(uri);
    this.#looks.set(uri, (this.#looks.get(uri) ?? 0) + 1);
    this.#say(uri, new Map());
    this.#said.delete(uri);
  }

  async #look(uri: string, fetch: boolean): Promise<void> {
    const { find, open, workspace, builtins, sources, registryUrl } = this.#ports;
    const document = find(uri);
    if (document === undefined) return;
    const number = this.#looks.get(uri);
    const { version } = document;
    const read = open.read(document);
    const { directory } = locationOf(uri);
    try {
      const bundle = await workspace.bundle(document);
      const { diagnostics, texts } = await diagnose({
        bundle,
        body: read.body,
        syntaxDiagnostics: read.syntaxDiagnostics,
        builtins,
        registryUrl,
        sources: fetch ? sources : NOT_WHILE_TYPING,
        // A file that was saved is looked at afresh: what the web has now is asked for, if only whether it has changed.
        resolved: fetch ? new Map() : open.texts(uri),
      });
      if (number !== this.#looks.get(uri) || version !== find(uri)?.version) return;
      open.keepTexts(uri, texts);
      const byAddress = new Map<string, Diagnostic[]>([[uri, []]]);
      for (const placed of diagnostics) {
        if (placed.code === NOT_FETCHED) continue;
        const at = placed.file === bundle.main ? uri : fileAddress(placed, bundle.files, directory, workspace);
        if (at === undefined) continue;
        const text = at === uri ? document : TextDocument.create(at, 'pikoci', 0, texts.get(placed.file) ?? '');
        byAddress.set(at, [...(byAddress.get(at) ?? []), diagnosticIn(text, placed)]);
      }
      this.#say(uri, byAddress);
    } catch (error) {
      if (!(error instanceof CodedError) || number !== this.#looks.get(uri)) throw error;
      const start = { line: 0, character: 0 };
      const hint = error.hint === undefined ? '' : `\n${error.hint}`;
      const message = `${error.message}${hint}`;
      const severity = DiagnosticSeverity.Error;
      const range = { start, end: { line: 0, character: 1 } };
      this.#say(uri, new Map([[uri, [{ range, severity, source: 'pikoci', code: error.code, message }]]]));
    }
  }

  #say(uri: string, byAddress: ReadonlyMap<string, readonly Diagnostic[]>): void {
    const before = this.#said.get(uri) ?? new Map<string, readonly Diagnostic[]>();
    this.#said.set(uri, byAddress);
    for (const at of new Set([...before.keys(), ...byAddress.keys()])) this.#publish(at);
  }

  #publish(uri: string): void {
    const all = new Map<string, Diagnostic>();
    for (const byAddress of this.#said.values()) {
      for (const diagnostic of byAddress.get(uri) ?? []) all.set(JSON.stringify(diagnostic), diagnostic);
    }
    const version = this.#ports.find(uri)?.version;
    void this.#ports.connection.sendDiagnostics({
      uri,
      diagnostics: [...all.values()],
      ...(version !== undefined && { version }),
    });
  }
}

const NOT_FETCHED = 'not-fetched-while-typing';
const NOT_WHILE_TYPING: SourceLoader = {
  fetch: async (url) => ({ kind: 'problem', code: NOT_FETCHED, message: `${url} is fetched when the file is saved.` }),
};

/** The address of a file of the bundle; none for a built-in or a text from the web. */
function fileAddress(
  { file }: PlacedDiagnostic,
  files: Readonly<Record<string, string>>,
  directory: string | undefined,
  workspace: Workspace,
): string | undefined {
  return directory !== undefined && Object.hasOwn(files, file) ? workspace.uriOf(join(directory, file)) : undefined;
}

function diagnosticIn(document: TextDocument, placed: PlacedDiagnostic): Diagnostic {
  const { severity, code, message, span, context, suggestion, useless } = placed;
  return {
    range: rangeIn(document, span),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'pikoci',
    message,
    ...(useless && { tags: [DiagnosticTag.Unnecessary] }),
    ...(suggestion !== undefined && { data: { suggestion } }),
    ...(context !== undefined && {
      relatedInformation: [
        {
          location: { uri: document.uri, range: rangeIn(document, context) },
          message: 'This is what it is a part of.',
        },
      ],
    }),
  };
}
