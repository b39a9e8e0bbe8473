import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { convert, isConversionError } from '../convert.ts';
import { parseNumber } from '../exact-number.ts';
import { type FunctionFailure, failure } from '../function.ts';
import { STRING } from '../type.ts';
import { boolValue, NULL, numberValue, objectValue, stringValue, tupleValue, type Value } from '../value.ts';
import { parseTimestamp, timestampText } from './timestamp.ts';

const DEEPEST = 400;

/** Aliases may repeat a part many times over; this many values are read in all, so that no small text becomes a huge one. */
const MOST_VALUES = 100_000;

/**
 * The value of a YAML document. Its plain scalars mean what they mean to Terraform: `yes`, `on` and `y` are true, `010` is ten, a
 * date is its timestamp. Mappings are objects, sequences are tuples; `<<` merges.
 */
export function readYaml(text: string): Value | FunctionFailure {
  const lines = new LineCounter();
  if (tooDeep(text)) return failure('The document is nested too deeply.', 0);
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  if (!Array.isArray(documents)) return failure('The text holds no YAML document.', 0);
  const [document, second] = documents;
  if (document === undefined || document.contents === null) return failure('The text holds no YAML document.', 0);
  if (second !== undefined) return failure('The text holds more than one YAML document.', 0);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    return failure(`In line ${line}, column ${col}: ${error.message.replace(/\.$/, '')}.`, 0);
  }
  const reader = new Reader((alias) => alias.resolve(document));
  const value = reader.read(document.contents);
  return reader.problem === undefined ? value : failure(reader.problem, 0);
}

/** More brackets or leading spaces than any document a person wrote, and than the stack can take. */
function tooDeep(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    if (open > DEEPEST) return true;
  }
  return new RegExp(`^(?:[-?:] ?| ){${DEEPEST},}`, 'm').test(text);
}

class Reader {
  problem: string | undefined;
  readonly #resolve: (alias: Alias) => Node | undefined;
  readonly #open = new Set<Node>();
  #count = 0;

  constructor(resolve: (alias: Alias) => Node | undefined) {
    this.#resolve = resolve;
  }

  read(node: unknown): Value {
    this.#count += 1;
    if (this.#count > MOST_VALUES)
      return this.#fail('The document becomes too large when its aliases are written out.');
    if (isAlias(node)) {
      const target = this.#resolve(node);
      if (target === undefined) return this.#fail(`The alias *${node.source} has no anchor before it.`);
      if (this.#open.has(target)) return this.#fail(`The alias *${node.source} stands inside what it refers to.`);
      return this.read(target);
    }
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return this.#within(node, () => tupleValue(node.items.map((item) => this.read(item))));
    if (isMap(node)) return this.#within(node, () => objectValue(this.#entries(node)));
    return NULL;
  }

  #within(node: Node, read: () => Value): Value {
    this.#open.add(node);
    const value = read();
    this.#open.delete(node);
    return value;
  }

  /** In the order of the text, `<<` too: what comes later wins, as in Terraform. */
  #entries(map: YAMLMap): Map<string, Value> {
    const entries = new Map<string, Value>();
    for (const pair of map.items) {
      if (!isPair(pair)) continue;
      const { key, value } = pair;
      if (isScalar(key) && key.source === '<<' && key.type === Scalar.PLAIN) {
        for (const [name, inner] of this.#merge(value)) entries.set(name, inner);
        continue;
      }
      const name = convert(this.read(key), STRING);
      if (!isConversionError(name) && name.kind === 'string') entries.set(name.value, this.read(value));
      else this.#fail('The key of a mapping must be a string.');
    }
    return entries;
  }

  /** What `<<` brings in: a mapping, or several of which the first wins. */
  #merge(value: unknown): readonly (readonly [string, Value])[] {
    const read = this.read(value);
    const maps = read.kind === 'tuple' ? read.elements : [read];
    return [...maps].reverse().flatMap((map) => {
      if (map.kind === 'object') return [...map.entries];
      this.#fail('What << merges must be a mapping.');
      return [];
    });
  }

  #scalar(node: Scalar): Value {
    const text = typeof node.value === 'string' ? node.value : String(node.value ?? '');
    switch (node.tag) {
      case undefined:
        return node.type === Scalar.PLAIN ? this.#plain(text) : stringValue(text);
      case 'tag:yaml.org,2002:str':
      case '!':
        return stringValue(text);
      case 'tag:yaml.org,2002:int':
      case 'tag:yaml.org,2002:float': {
        const value = plainScalar(text);
        return value.kind === 'number' ? value : this.#fail(`${JSON.stringify(text)} is no number.`);
      }
      case 'tag:yaml.org,2002:bool': {
        const value = plainScalar(text);
        return value.kind === 'bool' ? value : this.#fail(`${JSON.stringify(text)} is no bool.`);
      }
      case 'tag:yaml.org,2002:null':
        return NULL;
      case 'tag:yaml.org,2002:timestamp':
        return plainScalar(text);
      default:
        return this.#fail(`The tag ${node.tag} is not known here.`);
    }
  }

  #plain(text: string): Value {
    if (/^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text))
      return this.#fail(`There is no number such as ${text} here.`);
    return plainScalar(text);
  }

  #fail(problem: string): Value {
    this.problem ??= problem;
    return NULL;
  }
}

const BOOLS: ReadonlyMap<string, boolean> = new Map(
  [['y', 'yes', 'true', 'on'] as const, ['n', 'no', 'false', 'off'] as const].flatMap((words, at) =>
    words.flatMap((word) =>
      [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)].map((form) => [form, at === 0] as const),
    ),
  ),
);

function plainScalar(text: string): Value {
  if (/^(~|null|Null|NULL|)$/.test(text)) return NULL;
  const bool = BOOLS.get(text);
  if (bool !== undefined) return boolValue(bool);
  if (/^0x[0-9a-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return numberValue(BigInt(text).toString());
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) {
    const number = parseNumber(text);
    if (number !== undefined) return numberValue(number);
  }
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? parseTimestamp(`${text}T00:00:00Z`)
    : parseTimestamp(text.replace('t', 'T'));
  return stringValue(instant === undefined || typeof instant === 'string' ? text : timestampText(instant));
}
