import { expect } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  CompletionItem,
  CompletionList,
  DocumentSymbol,
  FoldingRange,
  Hover,
  Location,
  Range,
  SignatureHelp,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-protocol/node';
import { EXECUTABLE, pikociAvailability, pikociPlace } from '../servers/pikoci.ts';
import { processesOf } from '../servers/processes-of.ts';
import { testWith } from '../servers/required.ts';
import { eventually } from './eventually.ts';
import { type LanguageClient, languageClient } from './lsp-client.ts';

const test = testWith({ executable: pikociAvailability() });

const PIPELINE = `variable "image" {
  type    = string
  default = "golang:1.25"
}
locals {
  greeting = upper("hello")
}
resource "cron" "tick" {
  check_interval = "@every 10s"
}
job "hello" {
  get "cron" "tick" { trigger = true }
  task "greet" {
    run "docker" {
      image = var.image
      cmd   = "echo \${local.greeting}"
    }
  }
}
job "after" {
  get "cron" "tick" {
    passed = ["hello"]
  }
  task "greet" {
    run "exec" {
      path = "echo"
    }
  }
}
`;

/** The text that a range covers. */
function covered(text: string, { start, end }: Range): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: Range['start']): number =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
  return text.slice(offset(start), offset(end));
}

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: Range['start']): number =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (all, { range, newText }) => all.slice(0, offset(range.start)) + newText + all.slice(offset(range.end)),
      text,
    );
}

/** What is said to one whose request is refused. */
const refusal = (request: Promise<unknown>): Promise<string> =>
  request.then(
    (answer) => `it was answered: ${JSON.stringify(answer)}`,
    (error: Error) => `refused: ${error.message}`,
  );

async function completions(
  client: LanguageClient,
  uri: string,
  text: string,
  behind: number,
): Promise<CompletionItem[]> {
  const list: CompletionList | null = await client.connection.sendRequest(
    'textDocument/completion',
    client.at(uri, text, behind),
  );
  return list?.items ?? [];
}

test('it says what it can do', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  expect(client.initialized.serverInfo?.name).toBe('pikoci');
  expect(client.initialized.capabilities).toMatchObject({
    textDocumentSync: { openClose: true, change: 2 },
    completionProvider: { resolveProvider: true },
    hoverProvider: true,
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    documentSymbolProvider: true,
    documentFormattingProvider: true,
    signatureHelpProvider: { triggerCharacters: ['(', ','] },
  });
});

test('somebody types, breaks a file, and mends it', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  expect(await client.diagnostics(uri)).toEqual([]);

  client.edit(uri, 'trigger = true', 'tigger = true');
  const [wrong, ...others] = await client.diagnostics(uri);
  expect(others).toEqual([]);
  expect(wrong).toMatchObject({ severity: 1, source: 'pikoci', code: 'unknown-attribute' });
  expect(wrong?.message).toContain('Did you mean "trigger"?');
  expect(covered(client.text(uri), wrong!.range)).toBe('tigger');

  // A job is begun in the middle of the file, word by word; after each there is something to choose from.
  client.edit(uri, 'job "after"', 'jo\njob "after"');
  expect((await completions(client, uri, 'jo\njob', 2)).map(({ label }) => label)).toContain('job');
  client.edit(uri, 'jo\njob', 'job "lint" {\n  \njob');
  expect((await completions(client, uri, '{\n  \njob', 4)).map(({ label }) => label)).toContain('get');
  const broken = await client.diagnostics(uri);
  expect(broken.map(({ code }) => code)).toContain('unclosed-block');
  client.edit(uri, '{\n  \njob', '{\n  get "cron" "\njob');
  expect((await completions(client, uri, 'cron" "\njob', 7)).map(({ label }) => label)).toEqual(['tick']);

  client.edit(uri, '{\n  get "cron" "\njob', '{\n  get "cron" "tick" {}\n}\njob');
  client.edit(uri, 'tigger', 'trigger');
  expect(await client.diagnostics(uri)).toEqual([]);
});

test('completion: what is offered, and the text of one when it is asked for', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  client.edit(uri, 'image = var.image', 'image = var.');
  expect((await completions(client, uri, 'var.', 4)).map(({ label }) => label)).toEqual(['image']);
  client.edit(uri, '      path = "echo"', '      \n');
  const parameters = await completions(client, uri, 'run "exec" {\n      ', 19);
  expect(parameters.map(({ label }) => label)).toEqual(expect.arrayContaining(['path', 'args', 'dir']));
  const path = parameters.find(({ label }) => label === 'path')!;
  expect(path.documentation).toBeUndefined();
  const resolved: CompletionItem = await client.connection.sendRequest('completionItem/resolve', path);
  expect(JSON.stringify(resolved.documentation)).toContain('The program');
  expect(resolved.textEdit?.newText).toBe('path = "$0"');
});

test('an editor without snippets gets plain text', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place, false);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, 'va');
  const [variable] = (await completions(client, uri, 'va', 2)).filter(({ label }) => label === 'variable');
  expect(variable).toMatchObject({ insertTextFormat: 1, textEdit: { newText: 'variable "name" {\n  \n}' } });
});

test('hover, definition, references, signature, outline, folding', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  const ask = <T>(method: string, text: string, behind: number, more: object = {}): Promise<T> =>
    client.connection.sendRequest(method, { ...client.at(uri, text, behind), ...more });

  const hover = await ask<Hover>('textDocument/hover', 'upper(', 1);
  expect(JSON.stringify(hover.contents)).toContain('upper(');
  expect(covered(PIPELINE, hover.range!)).toBe('upper');
  expect(await ask<Hover | null>('textDocument/hover', '10s', 1)).toBeNull();

  const definition = await ask<Location[]>('textDocument/definition', 'var.image', 5);
  expect(definition.map(({ range }) => [range.start.line, covered(PIPELINE, range)])).toEqual([[0, 'image']]);
  const job = await ask<Location[]>('textDocument/definition', '["hello"]', 3);
  expect(job.map(({ range }) => range.start.line)).toEqual([10]);

  const all = await ask<Location[]>('textDocument/references', '"cron" "tick" {\n  check', 9, {
    context: { includeDeclaration: true },
  });
  expect(all.map(({ range }) => range.start.line)).toEqual([7, 11, 20]);

  const signature = await ask<SignatureHelp>('textDocument/signatureHelp', 'upper("', 7);
  expect(signature.signatures[0]?.label).toStartWith('upper(');
  expect(signature.activeParameter).toBe(0);

  const symbols: DocumentSymbol[] = await client.connection.sendRequest('textDocument/documentSymbol', {
    textDocument: { uri },
  });
  expect(symbols.map(({ name }) => name)).toEqual([
    'variable "image"',
    'locals',
    'resource "cron" "tick"',
    'job "hello"',
    'job "after"',
  ]);
  expect(symbols[3]?.children?.map(({ name }) => name)).toEqual(['get "cron" "tick"', 'task "greet"']);

  const folds: FoldingRange[] = await client.connection.sendRequest('textDocument/foldingRange', {
    textDocument: { uri },
  });
  expect(folds).toContainEqual({ startLine: 10, endLine: 17 });
});

test('rename: everywhere, or not at all and why', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  const where = client.at(uri, 'job "hello"', 6);
  const prepared: { range: Range; placeholder: string } = await client.connection.sendRequest(
    'textDocument/prepareRename',
    where,
  );
  expect(prepared.placeholder).toBe('hello');
  const rename = (newName: string): Promise<WorkspaceEdit> =>
    client.connection.sendRequest('textDocument/rename', { ...where, newName });
  const edit = await rename('greeting');
  expect(applied(PIPELINE, edit.changes![uri]!)).toBe(
    PIPELINE.replace('job "hello"', 'job "greeting"').replace('["hello"]', '["greeting"]'),
  );
  expect(await refusal(rename('after'))).toContain('There is a job "after" already.');
  expect(await refusal(rename('not a name'))).toContain('"not a name" cannot be the name of a job');
  expect(
    await refusal(client.connection.sendRequest('textDocument/prepareRename', client.at(uri, '"docker"', 2))),
  ).toContain('"docker" is built in');
});

test('what a module declares: found from its callers, and renamed with them', async () => {
  await using place = pikociPlace();
  const part = 'variable "url" {\n  type = string\n}\noutput "image" {\n  value = var.url\n}\n';
  const caller =
    'module "api" {\n  source = "./parts/go.hcl"\n  url    = "u"\n}\nlocals {\n  a = module.api.image\n}\n';
  place.write('parts/go.hcl', part);
  place.write('pipeline.hcl', caller);
  place.write('other.hcl', caller.replace('./parts/go.hcl', './parts/else.hcl'));
  await using client = await languageClient(place);
  const [uri, module] = [client.uriOf('pipeline.hcl'), client.uriOf('parts/go.hcl')];
  client.open(uri, caller);
  await client.diagnostics(uri);
  const found: Location[] = await client.connection.sendRequest('textDocument/definition', client.at(uri, '.image', 2));
  expect(found.map((target) => [target.uri, covered(part, target.range)])).toEqual([[module, '"image"']]);
  client.edit(uri, 'module.api.image', 'module.api.');
  expect((await completions(client, uri, 'module.api.', 11)).map(({ label }) => label)).toEqual(['image']);
  client.edit(uri, 'module.api.', 'module.api.image');

  client.open(module, part);
  await client.diagnostics(module);
  const rename = (text: string, newName: string): Promise<WorkspaceEdit> =>
    client.connection.sendRequest('textDocument/rename', { ...client.at(module, text, 1), newName });
  const variable = (await rename('url" {', 'address')).changes ?? {};
  expect(Object.keys(variable).sort()).toEqual([module, uri].sort());
  expect(applied(caller, variable[uri]!)).toBe(caller.replace('  url ', '  address '));
  expect(applied(part, variable[module]!)).toBe(part.replaceAll('url', 'address'));
  const output = (await rename('image" {', 'picture')).changes ?? {};
  expect(applied(caller, output[uri]!)).toBe(caller.replace('api.image', 'api.picture'));
});

test('formatting, of a text that has no mistakes', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, 'locals {\na=1\n  bb   =   2\n}\n');
  const format = (): Promise<TextEdit[]> =>
    client.connection.sendRequest('textDocument/formatting', {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    });
  expect(applied(client.text(uri), await format())).toBe('locals {\n  a  = 1\n  bb = 2\n}\n');
  client.edit(uri, 'a=1', 'a=');
  expect(await format()).toEqual([]);
});

test('positions count UTF-16 units, whatever the characters are made of', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  // A flag of six units, an e with its accent in a character of its own.
  client.open(uri, 'locals {\n  flag = "🏳️‍🌈 café"\n  both = "🏳️‍🌈 e\u0301 ${local.flg}"\n}\n');
  const [wrong] = await client.diagnostics(uri);
  expect(wrong).toMatchObject({ code: 'unknown-local' });
  expect(covered(client.text(uri), wrong!.range)).toBe('local.flg');
  client.edit(uri, 'flg', 'flag');
  expect(await client.diagnostics(uri)).toEqual([]);
  const definition: Location[] = await client.connection.sendRequest(
    'textDocument/definition',
    client.at(uri, 'local.flag', 7),
  );
  expect(definition[0]?.range).toEqual({ start: { line: 1, character: 2 }, end: { line: 1, character: 6 } });
});

test('other files of the directory are read as the editor has them', async () => {
  await using place = pikociPlace();
  place.write('types/release.hcl', 'resource_type "release" {\n  check "exec" { path = "true" }\n}\n');
  await using client = await languageClient(place);
  const [uri, type] = [client.uriOf('pipeline.hcl'), client.uriOf('types/release.hcl')];
  client.open(uri, 'resource_type "release" {\n  source = "./types/release.hcl"\n}\n');
  expect(await client.diagnostics(uri)).toEqual([]);
  const target: Location[] = await client.connection.sendRequest(
    'textDocument/definition',
    client.at(uri, 'types/release', 3),
  );
  expect(target.map((location) => location.uri)).toEqual([type]);

  // What is wrong in the other file, before it was saved, is said of that file.
  client.open(type, 'resource_type "release" {\n  chek "exec" { path = "true" }\n}\n');
  const wrong = await client.diagnostics(type);
  expect(wrong.map(({ code }) => code)).toEqual(['unknown-block']);
  client.edit(type, 'chek', 'check');
  expect(await client.published(type, ({ version, diagnostics }) => version === 2 && diagnostics.length === 0)).toEqual(
    [],
  );

  // A file that is not there any more is missed.
  rmSync(`${place.path}/types/release.hcl`);
  void client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: type } });
  client.edit(uri, 'release"', 'release2"');
  expect((await client.published(uri, ({ diagnostics }) => diagnostics.length > 0)).map(({ code }) => code)).toEqual([
    'source-not-found',
  ]);
});

test('a source on the web is fetched when a file is opened and saved, not while its address is typed', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const asked: string[] = [];
  const web = createServer((request, answer) => {
    asked.push(request.url ?? '');
    const found = request.url === '/release.hcl';
    answer.writeHead(found ? 200 : 404).end('resource_type "release" {\n  params = ["url"]\n}\n');
  });
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
  try {
    const { port } = web.address() as AddressInfo;
    const uri = client.uriOf('pipeline.hcl');
    client.open(
      uri,
      `resource_type "release" {\n  source = "http://127.0.0.1:${port}/rel"\n}\nresource "release" "a" {\n  params { nme = "x" }\n}\n`,
    );
    expect((await client.diagnostics(uri)).map(({ code }) => code)).toEqual(['source-not-found']);
    client.edit(uri, '/rel"', '/release"');
    expect(await client.diagnostics(uri)).toEqual([]);
    client.edit(uri, '/release"', '/release.hcl"');
    expect(await client.diagnostics(uri)).toEqual([]);
    expect(asked).toEqual(['/rel']);
    void client.connection.sendNotification('textDocument/didSave', { textDocument: { uri } });
    const wrong = await client.published(uri, ({ diagnostics }) => diagnostics.length > 0);
    expect(wrong.map(({ code }) => code)).toEqual(['unknown-parameter']);
    client.edit(uri, 'nme', 'ul');
    expect((await client.diagnostics(uri)).map(({ message }) => message)).toEqual([
      expect.stringContaining('Did you mean "url"?'),
    ]);
    expect(asked).toEqual(['/rel', '/release.hcl']);
  } finally {
    web.close();
    web.closeAllConnections();
  }
});

test('what is not HCL is left alone, and what is closed is taken back', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const [yaml, values, uri] = [client.uriOf('x.yaml'), client.uriOf('values.hcl'), client.uriOf('pipeline.hcl')];
  client.open(yaml, 'a: {', 'yaml');
  client.open(values, 'image = "x"\n');
  client.open(uri, 'nonsense');
  expect((await client.diagnostics(uri)).length).toBe(1);
  // A file of values has no blocks; its syntax is right.
  expect(await client.diagnostics(values)).toEqual([]);
  expect(await completions(client, yaml, 'a', 1)).toEqual([]);
  expect(client.output()).not.toContain('x.yaml');
  void client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  expect(await client.published(uri, ({ diagnostics }) => diagnostics.length === 0)).toEqual([]);
});

test('nonsense is answered, and survived', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  const textDocument = { uri };
  expect(await refusal(client.connection.sendRequest('no/such/method', {}))).toStartWith('refused: ');
  expect(await refusal(client.connection.sendRequest('textDocument/hover', {}))).toStartWith('refused: ');
  expect(await client.connection.sendRequest('textDocument/completion', { textDocument: 7 })).toBeNull();
  const far = { textDocument, position: { line: 1e9, character: 1e9 } };
  expect(await client.connection.sendRequest('textDocument/hover', far)).toBeNull();
  const before = { textDocument, position: { line: -5, character: -5 } };
  expect(JSON.stringify(await client.connection.sendRequest('textDocument/hover', before))).toContain('variable');
  const unknown = { textDocument: { uri: 'file:///nowhere/at/all.hcl' }, position: { line: 0, character: 0 } };
  expect(await client.connection.sendRequest('textDocument/hover', unknown)).toBeNull();
  const body = '{"jsonrpc": "2.0", "id": 9, "method": ';
  client.child.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  client.open('untitled:Untitled-1', 'job "a" {', 'pikoci');
  expect((await client.diagnostics('untitled:Untitled-1')).map(({ code }) => code)).toEqual(['unclosed-block']);
  client.open('file://elsewhere/%2Fx.hcl', 'job "a" {');
  expect((await completions(client, uri, 'job "hello" {\n', 14)).length).toBeGreaterThan(5);
});

test('nothing but the protocol on standard output, and an end as the protocol has it', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  await client.diagnostics(uri);
  expect(await client.connection.sendRequest('shutdown')).toBeNull();
  void client.connection.sendNotification('exit');
  expect(await client.exited()).toBe(0);
  let rest = Buffer.from(client.output());
  while (rest.length > 0) {
    const [header, length] = /^Content-Length: (\d+)\r\n\r\n/.exec(rest.toString('latin1')) ?? [];
    expect(header).toBeDefined();
    const end = header!.length + Number(length);
    expect(JSON.parse(rest.subarray(header!.length, end).toString())).toMatchObject({ jsonrpc: '2.0' });
    rest = rest.subarray(end);
  }
});

test('an end without a shutdown is an error, and a client that is gone takes it along', async () => {
  await using place = pikociPlace();
  {
    await using client = await languageClient(place);
    void client.connection.sendNotification('exit');
    expect(await client.exited()).toBe(1);
  }
  await using client = await languageClient(place);
  const uri = client.uriOf('pipeline.hcl');
  client.open(uri, PIPELINE);
  await client.diagnostics(uri);
  client.child.stdin.end();
  expect(await client.exited()).toBe(1);
});

/** A conversation that is written at once, whether or not anybody waits for its answers. */
const framed = (messages: readonly object[]): string =>
  messages
    .map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }))
    .map((body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    .join('');

const QUESTIONS = [
  { id: 1, method: 'initialize', params: { processId: null, capabilities: {}, rootUri: null } },
  { method: 'initialized', params: {} },
  {
    method: 'textDocument/didOpen',
    params: { textDocument: { uri: 'untitled:a', languageId: 'pikoci', version: 1, text: 'va' } },
  },
  {
    id: 2,
    method: 'textDocument/completion',
    params: { textDocument: { uri: 'untitled:a' }, position: { line: 0, character: 2 } },
  },
  { id: 3, method: 'textDocument/documentSymbol', params: { textDocument: { uri: 'untitled:a' } } },
];

for (const [how, more, answered, code] of [
  ['the input ends', [], [1, 2, 3], 1],
  ['exit follows', [{ method: 'exit' }], [1, 2, 3], 1],
  ['the input ends after a shutdown', [{ id: 4, method: 'shutdown' }], [1, 2, 3, 4], 0],
  ['exit follows a shutdown', [{ id: 4, method: 'shutdown' }, { method: 'exit' }], [1, 2, 3, 4], 0],
] as const) {
  test(`what was asked is answered before it ends: ${how}`, async () => {
    await using place = pikociPlace();
    const child = spawn(EXECUTABLE, ['lsp'], { cwd: place.path, env: { ...place.environment } });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    const ended = once(child, 'close');
    child.stdin.end(framed([...QUESTIONS, ...more]));
    expect((await ended)[0]).toBe(code);
    const ids = [
      ...Buffer.concat(output)
        .toString()
        .matchAll(/"id":(\d+),"result"/g),
    ].map(([, id]) => Number(id));
    expect(ids.sort()).toEqual([...answered]);
  });
}

for (const [what, params] of [
  ['without capabilities', { processId: null, rootUri: null }],
  ['with null for them', { processId: null, rootUri: null, capabilities: null }],
  ['without anything', {}],
  ['without parameters', undefined],
] as const) {
  test(`initialize ${what}`, async () => {
    await using place = pikociPlace();
    const child = spawn(EXECUTABLE, ['lsp'], { cwd: place.path, env: { ...place.environment } });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    const ended = once(child, 'close');
    child.stdin.end(framed([{ id: 1, method: 'initialize', params }, ...QUESTIONS.slice(1)]));
    await ended;
    const said = Buffer.concat(output).toString();
    expect(said).toContain('"serverInfo":{"name":"pikoci"}');
    expect(said).toMatch(/"id":2,"result"/);
    expect(said).not.toContain('"error"');
  });
}

test('--clientProcessId is a number', async () => {
  await using place = pikociPlace();
  const { code, stderr } = await place.run(['lsp', '--clientProcessId', 'abc']);
  expect(code).toBe(2);
  expect(stderr).toContain('--clientProcessId is the number of a process, not "abc"');
});

test('when the editor is killed, it ends', async () => {
  await using place = pikociPlace();
  // An editor of five lines: it starts the server, and says so.
  const editor = place.write(
    'editor.ts',
    `const server = Bun.spawn([${JSON.stringify(EXECUTABLE)}, 'lsp', '--stdio'], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: process.pid, capabilities: {} } });
server.stdin.write(\`Content-Length: \${body.length}\\r\\n\\r\\n\${body}\`);
server.stdin.flush();
for await (const _ of server.stdout) console.log('answered');
`,
  );
  const child = spawn(process.execPath, [editor], { cwd: place.path, env: { ...place.environment } });
  const ended = once(child, 'close');
  const [said] = await once(child.stdout, 'data');
  expect(String(said)).toContain('answered');
  const servers = (): readonly { command: string }[] =>
    processesOf(place.path).filter(({ command }) => command.includes('lsp --stdio'));
  expect(servers()).toHaveLength(1);
  child.kill('SIGKILL');
  await ended;
  await eventually('the end of the server', async () => (servers().length === 0 ? true : undefined));
});

test('many documents at once', async () => {
  await using place = pikociPlace();
  await using client = await languageClient(place);
  const uris = Array.from({ length: 40 }, (_, at) => client.uriOf(`many/${at}.hcl`));
  for (const [at, uri] of uris.entries()) client.open(uri, `${PIPELINE}locals {\n  own = local.missing_${at}\n}\n`);
  for (const [at, uri] of uris.entries()) {
    const said = await client.diagnostics(uri);
    expect(said.map(({ message }) => message)).toEqual([expect.stringContaining(`missing_${at}`)]);
  }
});
