import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');
const src = join(root, 'src');

/** Which room may import which: the third column of the table of rooms in ARCHITECTURE.md. A room may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      if (cells.length !== 5 || cells[1] === 'room' || /^-+$/.test(cells[1] ?? '')) return [];
      const allowed = cells[3] === 'everything' ? ['*'] : (cells[3] ?? '').split(',').map((name) => name.trim());
      return [[cells[1], allowed.filter(Boolean)]];
    }),
);

function sourceFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.(ts|vue)$/.test(entry.name) ? [path] : [];
  });
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?from\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[2] ?? match[3];
    if (specifier?.startsWith('.')) {
      found.push({ from: file, to: resolve(dirname(file), specifier), typeOnly: match[1] !== undefined });
    }
  }
  return found;
}

const room = (file: string): string => relative(src, file).split('/')[0] ?? '';
const files = sourceFiles(src);
const imports = files.flatMap(importsOf).filter((edge) => edge.to.startsWith(`${src}/`));

test('every room imports only the rooms it may', () => {
  const wrong = imports
    .filter((edge) => {
      const [from, to] = [room(edge.from), room(edge.to)];
      const allowed = MAY_IMPORT[from] ?? [];
      return from !== to && !allowed.includes('*') && !allowed.includes(to);
    })
    .map((edge) => `${relative(root, edge.from)} -> ${relative(root, edge.to)}`);
  expect(wrong).toEqual([]);
});

test('the table was found', () => {
  expect(MAY_IMPORT).toMatchObject({ lib: [], hcl: ['lib'], main: ['*'] });
});

test('every room of src/ is in the table', () => {
  const unknown = [...new Set(files.map(room))].filter((name) => !(name in MAY_IMPORT));
  expect(unknown).toEqual([]);
});

test('no file imports itself in a circle', () => {
  const graph = new Map<string, string[]>();
  for (const edge of imports) {
    if (!edge.typeOnly) graph.set(edge.from, [...(graph.get(edge.from) ?? []), edge.to]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push([...path.slice(at), file].map((f) => relative(root, f)).join(' -> '));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of files) visit(file);
  expect(cycles).toEqual([]);
});

test('only lib/system/ and main/ use what only Bun has', () => {
  const users = files.filter((file) => {
    if (file.endsWith('.test.ts') || file.startsWith(join(src, 'main/')) || file.startsWith(join(src, 'lib/system/')))
      return false;
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return /\bBun\.|from ['"]bun(:|['"])/.test(text) && !/from ['"]bun:test['"]/.test(text);
  });
  expect(users.map((file) => relative(root, file))).toEqual([]);
});
