/** From the text of a YAML file to a `Source`: anchors, aliases and merge keys are followed. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLMap } from 'yaml';
import { CodedError } from '../../lib/coded-error.ts';
import { type Scalar, Source } from './source.ts';

/** More than anybody writes, and little enough to be read at once. */
const MOST_BYTES = 1024 * 1024;
const DEEPEST = 100;

/** `file` is its name in messages. Throws `import.*`. */
export function readSource(text: string, file: string): Source {
  const size = Buffer.byteLength(text);
  if (size > MOST_BYTES) {
    throw bad(`${file} has ${(size / 1024 / 1024).toFixed(1)} MiB, and at most 1 MiB is read`, 'is it a pipeline?');
  }
  if (tooDeep(text)) throw bad(`${file} is nested too deeply`, 'is it a pipeline?');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'silent' });
  const [document, ...more] = [...documents].filter(({ contents, errors }) => contents !== null || errors.length > 0);
  if (document === undefined) throw bad(`there is nothing in ${file}`);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const [first = ''] = error.message.split('\n');
    throw bad(
      `${file} is not YAML: line ${line}, column ${col}: ${first.replace(/ at line \d+, column \d+:?$/, '').replace(/[.:]$/, '')}`,
    );
  }
  // A header and its inputs may come first, as in a component of GitLab.
  if (more.length > 0)
    throw bad(`there is more than one YAML document in ${file}`, 'import each from a file of its own');
  return new Builder(file, lines, (alias) => (isAlias(alias) ? alias.resolve(document) : undefined)).build(
    document.contents,
    '',
    1,
  );
}

export const bad = (message: string, hint?: string): CodedError =>
  new CodedError('import.bad_source', message, hint === undefined ? {} : { hint });

/** More brackets or leading spaces than a person writes, and than the stack can take. */
function tooDeep(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    else if (character === '\n') open = 0;
    if (open > DEEPEST) return true;
  }
  return new RegExp(`^ *(?:[-?] ?){${DEEPEST},}`, 'm').test(text);
}

class Builder {
  readonly #made = new Map<Node, Source>();
  readonly #open = new Set<Node>();

  private readonly file: string;
  private readonly lines: LineCounter;
  private readonly resolve: (alias: Node) => Node | undefined;

  constructor(file: string, lines: LineCounter, resolve: (alias: Node) => Node | undefined) {
    this.resolve = resolve;
    this.file = file;
    this.lines = lines;
  }

  build(node: unknown, path: string, line: number): Source {
    if (isAlias(node)) {
      const target = this.resolve(node);
      if (target === undefined) throw bad(`${this.file}, line ${line}: there is no anchor "${node.source}"`);
      if (this.#open.has(target)) {
        throw bad(`${this.file}, line ${this.#lineOf(node, line)}: the anchor "${node.source}" holds itself`);
      }
      return this.build(target, path, line);
    }
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return new Source('scalar', this.file, line, path);
    const before = this.#made.get(node);
    if (before !== undefined) return before;
    const at = this.#lineOf(node, line);
    const made = isScalar(node)
      ? new Source('scalar', this.file, at, path, scalarOf(node.value), node.source ?? String(node.value), tagOf(node))
      : new Source(isMap(node) ? 'map' : 'list', this.file, at, path, null, '', tagOf(node));
    this.#made.set(node, made);
    this.#open.add(node);
    if (this.#open.size > DEEPEST * 2) throw bad(`${this.file} is nested too deeply`, 'is it a pipeline?');
    if (isSeq(node))
      node.items.forEach((item, at) => void made.items.push(this.build(item, `${path}[${at}]`, made.line)));
    if (isMap(node)) this.#fill(made, node, path);
    this.#open.delete(node);
    return made;
  }

  #fill(made: Source, node: YAMLMap, path: string): void {
    const merged: Source[] = [];
    for (const { key, value } of node.items) {
      const at = this.#lineOf(key, made.line);
      const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
      if (name === '<<') {
        const below = this.build(value, path, at);
        for (const each of below.elements()) {
          if (each.kind !== 'map') throw bad(`${this.file}, line ${at}: what "<<" merges is a map, and this is none`);
          each.isRead = true;
          merged.push(each);
        }
        continue;
      }
      const child = this.build(value, path === '' ? name : `${path}.${name}`, at);
      made.entries.set(name, child);
    }
    // What is written in the map itself wins, then the first of those that are merged.
    for (const each of merged) {
      for (const [name, child] of each.entries) if (!made.entries.has(name)) made.entries.set(name, child);
    }
  }

  #lineOf(node: unknown, otherwise: number): number {
    const range = (node as { range?: readonly [number, number, number] | null } | null)?.range;
    return range ? this.lines.linePos(range[0]).line : otherwise;
  }
}

const tagOf = (node: Node): string | undefined => (node as { tag?: string }).tag;

function scalarOf(value: unknown): Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
