/** A job with all that it extends, and what `default` says. */
import type { Conversion } from '../conversion.ts';
import type { Block } from '../hcl-block.ts';
import { bad } from '../read-source.ts';
import { Source } from '../source.ts';
import { mergeMaps } from './includes.ts';

const DEFAULTS = [
  ...[
    'image',
    'services',
    'before_script',
    'after_script',
    'cache',
    'artifacts',
    'retry',
    'timeout',
    'tags',
    'interruptible',
  ],
  ...['id_tokens', 'hooks'],
];

export function merged(name: string, source: Source, root: Source, conversion: Conversion, top: Block): Source {
  const whole = extended(name, source, root, conversion, top, []);
  const made = new Source('map', source.file, source.line, source.path);
  for (const [key, value] of whole.entries) made.entries.set(key, referenced(value, root, conversion, top, 0));
  const inherits = made.entries.get('inherit')?.entries.get('default');
  for (const key of inherits?.scalar === false ? [] : DEFAULTS) {
    const value = root.get('default')?.get(key) ?? root.get(key);
    if (value !== undefined && !made.entries.has(key))
      made.entries.set(key, referenced(value, root, conversion, top, 0));
  }
  whole.isRead = true;
  return made;
}

function extended(
  name: string,
  source: Source,
  root: Source,
  conversion: Conversion,
  top: Block,
  open: readonly string[],
): Source {
  if (open.includes(name)) throw bad(`${source.file}, line ${source.line}: "${name}" extends itself`);
  const wanted = source.get('extends')?.texts() ?? [];
  let base: Source | undefined;
  for (const each of wanted) {
    const found = root.entries.get(each);
    if (found?.kind !== 'map') {
      const extend = source.entries.get('extends');
      if (extend !== undefined) conversion.lost(top, extend, `there is no "${each}" in the file`);
      continue;
    }
    const one = extended(each, found, root, conversion, top, [...open, name]);
    base = base === undefined ? one : mergeMaps(base, one);
  }
  return base === undefined ? source : mergeMaps(base, source);
}

/** `!reference [job, key]` is what stands there, in lists its elements. */
function referenced(value: Source, root: Source, conversion: Conversion, top: Block, depth: number): Source {
  if (depth > 10) throw bad(`${value.file}, line ${value.line}: references that lead to each other`);
  if (value.tag === '!reference') {
    let found: Source | undefined = root;
    for (const key of value.texts()) found = found?.entries.get(key);
    if (found !== undefined && found !== root) return referenced(found, root, conversion, top, depth + 1);
    conversion.notConverted(top, value, 'there is nothing at that place');
    return new Source('list', value.file, value.line, value.path);
  }
  const hasOne = [...value.items, ...value.entries.values()].some(
    (child) => child.tag === '!reference' || child.kind !== 'scalar',
  );
  if (!hasOne) return value;
  const made = new Source(value.kind, value.file, value.line, value.path, value.scalar, value.written, value.tag);
  value.isRead = true;
  for (const item of value.items) {
    const whole = referenced(item, root, conversion, top, depth);
    if (item.tag === '!reference') made.items.push(...(whole.kind === 'list' ? whole.elements() : [whole]));
    else made.items.push(whole);
  }
  for (const [key, child] of value.entries) made.entries.set(key, referenced(child, root, conversion, top, depth));
  return made;
}
