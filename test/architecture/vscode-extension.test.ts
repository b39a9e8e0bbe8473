import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { ROOTS } from '../../src/language/facts.ts';

const root = resolve(import.meta.dir, '../..');
const extension = join(root, 'editors/vscode');
const read = (path: string): string => readFileSync(join(extension, path), 'utf8');

interface Manifest {
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly { id: string; configuration: string }[];
    readonly grammars: readonly { language: string; scopeName: string; path: string }[];
    readonly commands: readonly { command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
  };
}
const manifest: Manifest = JSON.parse(read('package.json'));
const source = read('src/extension.ts');

test('the files that the extension names are there, and are JSON', () => {
  const { languages, grammars } = manifest.contributes;
  const paths = [...languages.map(({ configuration }) => configuration), ...grammars.map(({ path }) => path)];
  expect(paths).toHaveLength(2);
  for (const path of paths) expect(Object.keys(JSON.parse(read(path)) as object).length).toBeGreaterThan(2);
  expect(grammars.map(({ language }) => language)).toEqual(languages.map(({ id }) => id));
});

test('every command it shows is one that it has, and every setting it has is one that it reads', () => {
  const registered = [...source.matchAll(/registerCommand\('([^']+)'/g)].map((match) => match[1]);
  expect(registered).toEqual(manifest.contributes.commands.map(({ command }) => command));
  const settings = Object.keys(manifest.contributes.configuration.properties);
  // The client's own library reads that one, by the name the client was given.
  expect(settings).toEqual(['pikoci.path', 'pikoci.trace.server']);
  expect(source).toContain("getConfiguration('pikoci').get('path'");
});

interface Rule {
  readonly include?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly patterns?: readonly Rule[];
}

test('the grammar: its expressions can be read, and what it includes is there', () => {
  const grammar: Rule & { scopeName: string; repository: Readonly<Record<string, Rule>> } = JSON.parse(
    read('syntaxes/pikoci.tmLanguage.json'),
  );
  expect(grammar.scopeName).toBe(manifest.contributes.grammars[0]!.scopeName);
  const used = new Set<string>();
  let expressions = 0;
  const visit = ({ include, match, begin, end, patterns }: Rule): void => {
    if (include !== undefined) used.add(include.slice(1));
    for (const expression of [match, begin]) {
      if (expression === undefined) continue;
      expect(new RegExp(expression, 'u').test('')).toBe(false);
      expressions += 1;
    }
    // An end may be empty, and name what its begin has found.
    if (end !== undefined) expect(() => new RegExp(`(x)?${end}`, 'u')).not.toThrow();
    for (const pattern of patterns ?? []) visit(pattern);
  };
  visit(grammar);
  for (const rule of Object.values(grammar.repository)) visit(rule);
  expect([...used].filter((name) => !(name in grammar.repository))).toEqual([]);
  expect(expressions).toBeGreaterThan(20);
  const roots = /\(\?:(var[^)]*)\)/.exec(grammar.repository.root?.match ?? '')?.[1]?.split('|');
  expect(roots).toEqual(Object.keys(ROOTS));
});

/** Loads the program as an editor does, with an editor that is anything it is asked for; gives what it exports. */
function startIn(directory: string, program: string): string {
  writeFileSync(join(directory, 'extension.cjs'), program);
  writeFileSync(
    join(directory, 'editor.cjs'),
    `const Module = require('node:module');
const anything = () => new Proxy(class {}, {
  get: (target, key) => (key === 'prototype' || typeof key === 'symbol' ? target[key] : anything()),
  apply: anything,
  construct: () => ({}),
});
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? anything() : load(name, ...rest));
console.log(Object.keys(require('./extension.cjs')).join(', '));
`,
  );
  const { stdout, stderr } = Bun.spawnSync(['node', join(directory, 'editor.cjs')]);
  return `${stdout.toString()}${stderr.toString()}`.trim();
}

test('the package: what an editor looks for is in it, and its program starts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-vsix-'));
  try {
    const outfile = join(directory, 'pikoci.vsix');
    const built = Bun.spawnSync([process.execPath, join(root, 'scripts/build-vscode.ts'), '--outfile', outfile]);
    expect(built.stderr.toString()).toContain('built');
    const files = unzipSync(readFileSync(outfile));
    const wanted = ['extension.vsixmanifest', '[Content_Types].xml', 'extension/package.json'];
    expect(Object.keys(files)).toEqual(expect.arrayContaining([...wanted, join('extension', manifest.main)]));
    const program = new TextDecoder().decode(files[join('extension', manifest.main)]);
    const needed = [...program.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1] ?? '');
    expect(needed.filter((name) => name !== 'vscode' && !isBuiltin(name))).toEqual([]);
    expect(new TextDecoder().decode(files['extension.vsixmanifest'])).toContain('Id="pikoci"');
    expect(startIn(directory, program)).toBe('activate, deactivate');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
