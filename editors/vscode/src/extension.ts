/** Starts `pikoci lsp` for the pipelines that are open, and hands on what it says. Everything else is the server's. */
import { isAbsolute, join } from 'node:path';
import { commands, type ExtensionContext, window, workspace } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand('pikoci.restartServer', restart),
    workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration('pikoci.path')) await restart();
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  await client?.stop();
  await start();
}

async function start(): Promise<void> {
  const command = serverPath();
  client = new LanguageClient(
    'pikoci',
    'pikoci',
    { command, args: ['lsp'], transport: TransportKind.stdio },
    {
      documentSelector: [
        { language: 'pikoci', scheme: 'file' },
        { language: 'pikoci', scheme: 'untitled' },
      ],
    },
  );
  try {
    await client.start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const settings = 'Open settings';
    const choice = await window.showErrorMessage(
      `pikoci could not be started as "${command}": ${why}. Install it, or set pikoci.path.`,
      settings,
    );
    if (choice === settings) await commands.executeCommand('workbench.action.openSettings', 'pikoci.path');
  }
}

/** A name is looked for in PATH; a path such as `./dist/pikoci` is the first workspace folder's. */
function serverPath(): string {
  const path = workspace.getConfiguration('pikoci').get('path', 'pikoci');
  const [folder] = workspace.workspaceFolders ?? [];
  return path.includes('/') && !isAbsolute(path) && folder !== undefined ? join(folder.uri.fsPath, path) : path;
}
