/** `include`: files that lie beside it become a part of it. */
import type { Conversion } from '../conversion.ts';
import type { Block } from '../hcl-block.ts';
import { bad, readSource } from '../read-source.ts';
import { Source } from '../source.ts';

const DEEPEST = 10;

/** The file with what it includes: its own keys win, and maps are merged. */
export function readIncludes(root: Source, conversion: Conversion, top: Block, depth = 0): Source {
  const include = root.get('include');
  if (include === undefined) return root;
  let whole = root;
  for (const each of include.elements()) {
    const path = localPath(each);
    const text = path === undefined ? undefined : conversion.surroundings.read(path);
    if (path === undefined || text === undefined) {
      const why = path === undefined ? 'what it holds is somewhere else' : 'there is no such file beside it';
      conversion.notConverted(top, each, why, 'put its jobs into this file, and import it again');
      continue;
    }
    if (depth >= DEEPEST) throw bad(`${path} is included too deeply`, 'does it include itself?');
    const found = readSource(text, path);
    if (found.kind !== 'map') throw bad(`at the top of ${path} is no map`);
    if (each.kind === 'map') each.textOf('local');
    else each.text();
    conversion.include(found);
    conversion.leftovers(top, each);
    whole = mergeMaps(readIncludes(found, conversion, top, depth + 1), whole);
  }
  return whole;
}

/** `undefined`: it is of another project, a template, an address. */
function localPath(each: Source): string | undefined {
  const text =
    each.kind === 'scalar'
      ? each.scalar
      : each.kind === 'map' && each.entries.size <= 2
        ? each.entries.get('local')?.scalar
        : undefined;
  if (typeof text !== 'string' || /^https?:|\*|\$/.test(text)) return undefined;
  return text.replace(/^\/+/, '');
}

/** Both, where the second wins; maps in them are merged too, lists are not. */
export function mergeMaps(first: Source, second: Source): Source {
  const made = new Source('map', second.file, second.line, second.path);
  for (const [key, value] of first.entries) made.entries.set(key, value);
  for (const [key, value] of second.entries) {
    const before = made.entries.get(key);
    made.entries.set(
      key,
      before?.kind === 'map' && value.kind === 'map' && before !== value ? mergeMaps(before, value) : value,
    );
    // What is hidden by it has done its part.
    if (before !== undefined && before !== value && !(before.kind === 'map' && value.kind === 'map')) before.plain();
  }
  // It stands for both.
  first.isRead = true;
  second.isRead = true;
  return made;
}
