import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A pipeline of test/pipelines with these texts replaced, each of which must be in it. */
export function replaced(file: string, changes: readonly (readonly [from: string, to: string])[]): string {
  let text = readFileSync(join(import.meta.dirname, '../pipelines', file), 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} does not say ${JSON.stringify(from)}`);
    text = text.replaceAll(from, () => to);
  }
  return text;
}
