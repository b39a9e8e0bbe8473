import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyFile extends Disposable {
  readonly file: string;
}

/** A text, a key for example, in a file that the worker's account alone can read. Dispose it: it lies there until then. */
export function keyFile(text: string | undefined): KeyFile | undefined {
  if (text === undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'pikoci-key-'));
  const file = join(dir, 'key');
  writeFileSync(file, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
  return { file, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
