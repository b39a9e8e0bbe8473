import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** A directory of its own for one test, gone with everything in it afterwards. */
export function temporaryDirectory(name: string, mode = 0o700): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), `pikoci-${name}-`));
  chmodSync(path, mode);
  return {
    path,
    async [Symbol.asyncDispose]() {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
